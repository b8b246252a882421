// Package torture holds no program: it is the tests of what queues and stores do while their servers, their clients or the
// network between them fail. It is a module of its own, since the proxy that it breaks connections with (toxiproxy) brings
// along much that the platform does not need.
//
// Every adapter meets every fault that can be made for it, on a server of its own that is killed and started again, behind
// two proxies (a wire): the first is the address that the clients know, and loses replies; the second is toxiproxy. What is
// asked is always the same: effects are as many as messages, each once by its id; nothing that was answered is lost; and
// what is sent after the fault is handled soon.
//
// The short versions run by default. MYEVENTS_TEST_TORTURE=1 runs the long ones: brokers restarted 20 times, consumers
// killed 100 times. MYEVENTS_TEST_REPORT names a file that gets a row of a Markdown table for each case: case, adapter, what
// was counted, and the longest time from a fault's end until what was sent after it was done.
package torture
