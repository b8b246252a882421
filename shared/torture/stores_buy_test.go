package torture_test

func (p part) buy() error { return nil }
