// Package store holds no code: it is the rules that every engine below it keeps. An engine implements the ports that
// catalog, booking, inventory, queue and outbox declare; package storetest checks all that follows on each.
//
// # Rules
//
//   - A write is durable when it returns nil. What was not answered may or may not have happened; repeating it is safe.
//   - A write is one conditional change of one item, and the messages that announce it are queued with it, both or
//     neither. No operation needs a transaction over several items.
//   - A condition that does not hold is an answer, not a failure: fault.Stale for a version, inventory.ErrTaken or
//     inventory.ErrClosed for a block. It leaves everything as it was.
//   - inventory.Step.Apply says what a step means; an engine that cannot run it under a lock expresses the same as a
//     condition, and reads back what it found.
//   - A read sees every write that was answered before it began, except where the port says that it may lag.
//   - What cannot be reached, is full, or is damaged is fault.Unavailable, and nothing that was answered is lost by it. A
//     stored item that cannot be read is fault.Internal; it is never taken for an absent one.
//   - The messages of one aggregate that are timers (NotBefore) last until they fall due or until the aggregate's next
//     write, which replaces them by its own. A timer that was claimed is due, and no write takes it back.
//   - Ctx ends the waiting, not the work: an operation whose caller went away may still take effect.
//   - One service's items and messages lie apart from the other's; nothing of one is read by a method of the other's port.
//
// Every engine's package comment says how it keeps them under the headings Consistency, Limits and Failure.
package store
