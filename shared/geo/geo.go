// Package geo says where a city is: its coordinates and its IANA time zone, from a table that is part of the program. It
// knows every city of the United States and Canada, and those of the world from 100,000 people, these by their names in
// other languages too. It does no geocoding of addresses and asks nobody.
//
// The table comes from GeoNames (https://www.geonames.org), licensed under CC BY 4.0; gen/cities.py makes it.
package geo

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed" // the table
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Attribution is what the licence of the table asks to be shown wherever it is used.
const Attribution = "City data © GeoNames (https://www.geonames.org), CC BY 4.0"

//go:embed cities.tsv.gz
var table []byte

// Place is a city.
type Place struct {
	City      string  // its usual English name
	Region    string  // state or province, two letters; United States and Canada only
	Country   string  // ISO 3166-1 alpha-2
	Latitude  float64 // degrees, to about 100 m
	Longitude float64
	TimeZone  string // IANA
	People    int    // roughly
}

// Index finds cities. It is safe for concurrent use.
type Index struct {
	zones  []string
	cities []city
	byName map[key]int32
}

// city is a Place in little space; the table has 28,000.
type city struct {
	name            string
	region, country code
	zone            uint16
	lat, lon        int32 // thousandths of a degree
	people          int32
}

type code [2]byte

func (c code) String() string { return strings.TrimRight(string(c[:]), "\x00") }

func codeOf(s string) (c code) {
	copy(c[:], s)
	return c
}

// key is a city's name as it is compared, within a region, a country (no region), or the world (neither).
type key struct {
	name            string
	region, country code
}

// Open reads the table: about 0.1 s and 25 MB, so keep what it returns for as long as there is something to look up.
func Open() (*Index, error) {
	z, err := gzip.NewReader(bytes.NewReader(table))
	if err != nil {
		return nil, fmt.Errorf("read table of cities: %w", err)
	}
	x, err := read(z)
	if err != nil {
		return nil, fmt.Errorf("read table of cities: %w", err)
	}
	return x, nil
}

func read(r io.Reader) (*Index, error) {
	x := &Index{cities: make([]city, 0, 30_000), byName: make(map[key]int32, 150_000)}
	var others []struct {
		city  int32
		names string
	}
	var country, region code
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		f := strings.Split(lines.Text(), "\t")
		switch {
		case f[0] == "z" && n == 1:
			x.zones = f[1:]
		case f[0] == "c" && len(f) == 2:
			country, region = codeOf(f[1]), code{}
		case f[0] == "r" && len(f) == 2:
			region = codeOf(f[1])
		default:
			c, err := x.city(f)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			c.country, c.region = country, region
			x.cities = append(x.cities, c)
			if len(f) == 6 {
				others = append(others, struct {
					city  int32
					names string
				}{int32(len(x.cities) - 1), f[5]})
			}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	for i := range x.cities {
		x.add(int32(i), x.cities[i].name, x.byName)
	}
	alternates := make(map[key]int32, 100_000)
	for _, o := range others {
		for name := range strings.SplitSeq(o.names, ";") {
			x.add(o.city, name, alternates)
		}
	}
	for k, i := range alternates { // a city's own name comes before another city's other name
		if _, taken := x.byName[k]; !taken {
			x.byName[k] = i
		}
	}
	return x, nil
}

func (x *Index) city(f []string) (city, error) {
	if len(f) < 5 || len(f) > 6 {
		return city{}, fmt.Errorf("got %d columns, want 5 or 6", len(f))
	}
	lat, err1 := strconv.ParseInt(f[1], 10, 32)
	lon, err2 := strconv.ParseInt(f[2], 10, 32)
	zone, err3 := strconv.ParseUint(f[3], 10, 16)
	people, err4 := strconv.ParseFloat(f[4], 64)
	for _, err := range []error{err1, err2, err3, err4} {
		if err != nil {
			return city{}, err
		}
	}
	if int(zone) >= len(x.zones) {
		return city{}, fmt.Errorf("time zone %d of %d", zone, len(x.zones))
	}
	return city{name: strings.Clone(f[0]), zone: uint16(zone), lat: int32(lat), lon: int32(lon), people: int32(people)}, nil
}

// add makes a city findable by a name; of several cities with that name, the largest is.
func (x *Index) add(i int32, name string, in map[key]int32) {
	c, folded := x.cities[i], fold(name)
	keys := []key{{folded, c.region, c.country}, {folded, code{}, c.country}, {folded, code{}, code{}}}
	for _, k := range keys {
		if was, found := in[k]; !found || x.cities[was].people < c.people {
			in[k] = i
		}
	}
}

// Lookup returns a city by its name, whatever its case, accents and punctuation, "St." or "Saint". region is a state or
// province of the United States or Canada, by code or name, and may be empty, as may country, an ISO 3166-1 alpha-2 code.
// Where several cities fit, the largest is meant.
func (x *Index) Lookup(name, region, country string) (Place, bool) {
	k := key{name: fold(name), country: codeOf(strings.ToUpper(country))}
	if region != "" {
		s, ok := findState(region, country)
		switch {
		case ok:
			k.region, k.country = codeOf(s.code), codeOf(s.country)
		case country == "" || country == "US" || country == "CA":
			return Place{}, false
		}
	}
	i, ok := x.byName[k]
	if !ok {
		return Place{}, false
	}
	c := x.cities[i]
	return Place{
		City: c.name, Region: c.region.String(), Country: c.country.String(), Latitude: float64(c.lat) / 1000,
		Longitude: float64(c.lon) / 1000, TimeZone: x.zones[c.zone], People: int(c.people),
	}, true
}
