package catalog

import "math"

// Geohash cells: the Earth cut into 32, each of them into 32 again, and so on; a cell's name begins with that of the cell
// that it is in. Source: https://en.wikipedia.org/wiki/Geohash
const (
	minCell  = 1 // about 5,000 km
	maxCell  = 5 // about 5 km
	maxCells = 9 // how many cells a circle may touch to be looked up by them
)

const (
	earthKm  = 6371.0088 // mean radius
	alphabet = "0123456789bcdefghjkmnpqrstuvwxyz"
)

// cell is a cell of a precision: its column from west to east, its row from south to north.
type cell struct{ precision, x, y int }

// columns and rows return how many cells of a precision are around the Earth, and from pole to pole.
func columns(precision int) int { return 1 << ((5*precision + 1) / 2) }
func rows(precision int) int    { return 1 << (5 * precision / 2) }

func cellOf(lat, lon float64, precision int) cell {
	return cell{precision, inside(column(lon, precision), columns(precision)), inside(row(lat, precision), rows(precision))}
}

func column(lon float64, precision int) int {
	return int(math.Floor((lon + 180) / 360 * float64(columns(precision))))
}

func row(lat float64, precision int) int {
	return int(math.Floor((lat + 90) / 180 * float64(rows(precision))))
}

func inside(i, n int) int { return max(0, min(i, n-1)) }

// hash is the cell's name: its bits of longitude and latitude in turn, five to a character.
func (c cell) hash() string {
	name := make([]byte, c.precision)
	xBits, yBits := (5*c.precision+1)/2, 5*c.precision/2
	for i := range name {
		v := 0
		for bit := 5 * i; bit < 5*i+5; bit++ {
			if v <<= 1; bit%2 == 0 {
				xBits--
				v |= c.x >> xBits & 1
			} else {
				yBits--
				v |= c.y >> yBits & 1
			}
		}
		name[i] = alphabet[v]
	}
	return string(name)
}

// point is a place on the Earth, in degrees.
type point struct{ lat, lon float64 }

// km is the distance along a great circle.
func (p point) km(q point) float64 {
	const degree = math.Pi / 180
	sinLat, sinLon := math.Sin((q.lat-p.lat)*degree/2), math.Sin((q.lon-p.lon)*degree/2)
	h := sinLat*sinLat + math.Cos(p.lat*degree)*math.Cos(q.lat*degree)*sinLon*sinLon
	return 2 * earthKm * math.Asin(math.Sqrt(min(1, h)))
}

// cover returns the smallest cells of which at most maxCells cover a circle; none where even the largest are too many.
func (p point) cover(km float64) []cell {
	const degree = math.Pi / 180
	angle := km/earthKm*1.0001 + 1e-9 // radians, a little more than exact
	south, north := p.lat-angle/degree, p.lat+angle/degree
	around := south <= -90 || north >= 90 // a pole is inside: every longitude
	half := 180.0
	if !around {
		half = math.Asin(min(1, math.Sin(angle)/math.Cos(p.lat*degree))) / degree
	}
	for precision := maxCell; precision >= minCell; precision-- {
		y0, y1 := inside(row(south, precision), rows(precision)), inside(row(north, precision), rows(precision))
		x0, x1 := 0, columns(precision)-1
		if !around {
			x0, x1 = column(p.lon-half, precision), column(p.lon+half, precision)
			x1 = min(x1, x0+columns(precision)-1)
		}
		if (x1-x0+1)*(y1-y0+1) > maxCells {
			continue
		}
		var cells []cell
		for y := y0; y <= y1; y++ {
			for x := x0; x <= x1; x++ {
				cells = append(cells, cell{precision, (x + columns(precision)) % columns(precision), y})
			}
		}
		return cells
	}
	return nil
}
