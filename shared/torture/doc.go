// Package torture holds no program: it is the tests of what queues and stores do while their servers, their clients or the
// network between them fail. It is a module of its own, since the proxy that it breaks connections with (toxiproxy) brings
// along much that the platform does not need.
//
// Every adapter meets every fault that can be made for it, on a server of its own that localstack/run runs, behind two
// proxies (a wire): the first is the address that the clients know, which loses replies and lets connections fall silent; the
// second is toxiproxy. The servers that MYEVENTS_TEST_DYNAMODB and the like name are not touched: the variables say that this
// machine can run such a server. What is asked is always the same: effects are as many as messages, each once by its id, or
// bookings as many as buyers, each with its places and paid once; nothing that was answered is lost; what is sent after the
// fault is done soon; and in the end no goroutine is left.
//
// # Not made here
//
// The MongoDB-compatible server keeps nothing, so that it is cut off instead of being killed. The embedded store has no
// server: its process is killed, here after each write of a booking and in the end-to-end tests (make crash) under load. No
// room is made for RabbitMQ (its alarm of memory) and for the embedded store (files that may not grow); the other servers
// have no such state that can be lifted again. The queue in memory has poison, and messages twice and in no order.
//
// # Short and long
//
// The short versions run by default. MYEVENTS_TEST_TORTURE=1 runs the long ones: brokers restarted 20 times, consumers
// killed 100 times, connections broken 10 times in each way. MYEVENTS_TEST_REPORT names a file that gets a row of a Markdown
// table for each case: case, adapter, what was counted, and the longest time from a fault's end until what was sent after it
// was done. A connection that falls silent for ever has no such end: there it is the time until the clients or the server
// have given it up.
package torture
