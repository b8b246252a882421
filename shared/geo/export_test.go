package geo

// Zones returns every time zone of the table.
func (x *Index) Zones() []string { return x.zones }
