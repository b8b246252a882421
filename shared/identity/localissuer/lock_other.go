//go:build !unix

package localissuer

// lockFile does nothing here: only one process at a time may change the accounts on this system.
func lockFile(string) (unlock func(), err error) { return func() {}, nil }

// syncFolder does nothing here: folders cannot be synced on this system.
func syncFolder(string) error { return nil }
