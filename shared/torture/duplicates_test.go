package torture_test

import "testing"

func duplicates(t *testing.T, r *storeRig) {}
