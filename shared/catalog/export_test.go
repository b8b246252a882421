package catalog

// What the tests of words, cells and cursors look at from outside.
var (
	Words        = words
	Split        = split
	WordTokens   = wordTokens
	DecodeCursor = decodeCursor
	EncodeCursor = encodeCursor
	Months       = months
	SortKey      = sortKey
)

// Ask returns the tokens of a query's text, and whether words match it.
func Ask(text string, prefixes bool) (tokens []string, match func([]string) bool) {
	q, tokens := ask(text, prefixes)
	return tokens, q.match
}

// CellHash is the geohash of a point.
func CellHash(lat, lon float64, precision int) string { return cellOf(lat, lon, precision).hash() }

// CoverHashes are the geohashes of the cells that cover a circle.
func CoverHashes(lat, lon, km float64) []string {
	var hashes []string
	for _, c := range (point{lat, lon}).cover(km) {
		hashes = append(hashes, c.hash())
	}
	return hashes
}

// Km is the distance of two points.
func Km(lat1, lon1, lat2, lon2 float64) float64 { return point{lat1, lon1}.km(point{lat2, lon2}) }
