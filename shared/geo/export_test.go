package geo

// Zones returns every time zone of the table.
func (x *Index) Zones() []string { return x.zones }

// Fold is what the tests look at from inside.
var Fold = fold
