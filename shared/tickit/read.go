package tickit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/myevents/myevents/shared/geo"
)

// The files of the sample.
const (
	venueFile    = "venue_pipe.txt"
	categoryFile = "category_pipe.txt"
	eventFile    = "allevents_pipe.txt"
)

const (
	maxLine      = 4 << 10 // bytes; the longest of the sample has 150
	maxName      = 200     // characters; what the API takes
	maxID        = 1_000_000_000
	assumedSeats = 1000
	maxSeats     = 1_000_000
)

// data is what could be read of the sample.
type data struct {
	venues []venue
	events []event
	year   int // most events are in; 0 where there is none
}

type venue struct {
	row             Row
	id              int
	name            string
	cityName, state string // the name as the sample has it, or corrected
	seats           int
	city            geo.Place
	zone            *time.Location
}

type event struct {
	row       Row
	id, venue int
	name      string
	category  string
	starts    time.Time // local, in UTC's clothes
}

// corrections are misspelled cities of the sample.
var corrections = map[[2]string]string{
	{"Seatle", "WA"}: "Seattle",
}

// read reads the three files. A row that cannot be used is rejected; an error means that a file cannot be read at all.
func read(dir string, cities *geo.Index, log *logbook) (*data, error) {
	categories := map[int]string{}
	err := eachRow(dir, categoryFile, 4, log, func(at Row, f []string) error {
		id, err := newID(f[0], categories)
		if err != nil {
			return err
		}
		var known bool
		if categories[id], known = category(f[1], f[2]); !known {
			log.adjust(at, CategoryOther, "the sample's category is not known here, so its events are of category other")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	d := &data{}
	venues := map[int]bool{} // true: can be used
	err = eachRow(dir, venueFile, 5, log, func(at Row, f []string) error {
		v, err := readVenue(at, f, venues, cities, log)
		if err == nil {
			d.venues = append(d.venues, v)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	seen := map[int]bool{}
	years := map[int]int{}
	err = eachRow(dir, eventFile, 6, log, func(at Row, f []string) error {
		e, err := readEvent(at, f, seen, venues, categories)
		if err == nil {
			d.events = append(d.events, e)
			years[e.starts.Year()]++
		}
		return err
	})
	for year, n := range years { // the most common one: a damaged date must not move all others
		if n > years[d.year] || n == years[d.year] && year < d.year {
			d.year = year
		}
	}
	return d, err
}

// category maps a category of the sample to one of the API.
func category(group, name string) (mapped string, known bool) {
	switch strings.ToLower(name) {
	case "musicals":
		return "musical", true
	case "plays":
		return "theatre", true
	case "opera":
		return "opera", true
	case "pop", "jazz", "classical":
		return "concert", true
	}
	switch strings.ToLower(group) {
	case "sports":
		return "sport", true
	case "concerts":
		return "concert", true
	}
	return "other", false
}

func readVenue(at Row, f []string, seen map[int]bool, cities *geo.Index, log *logbook) (venue, error) {
	id, err := readID(f[0])
	if err != nil {
		return venue{}, err
	}
	if seen[id] {
		return venue{}, errTwice(id)
	}
	seen[id] = false
	v := venue{row: at, id: id, name: f[1], cityName: f[2], state: f[3]}
	if err := checkName(v.name); err != nil {
		return venue{}, err
	}
	country, ok := geo.CountryOf(v.state)
	if !ok {
		return venue{}, errors.New("the state or province is not known")
	}
	corrected, wrong := corrections[[2]string{v.cityName, v.state}]
	if wrong {
		v.cityName = corrected
	}
	if v.city, ok = cities.Lookup(v.cityName, v.state, country); !ok {
		return venue{}, errors.New("the city is not known in that state or province")
	}
	if v.zone, err = time.LoadLocation(v.city.TimeZone); err != nil {
		return venue{}, fmt.Errorf("time zone of the city: %w", err)
	}
	if wrong {
		log.adjust(at, CityCorrected, "the city is taken for "+corrected)
	}
	v.seats, err = strconv.Atoi(f[4])
	switch {
	case f[4] == "" || err == nil && v.seats == 0:
		v.seats = assumedSeats
		log.adjust(at, SeatsAssumed, "has no number of seats and gets 1,000")
	case err != nil || v.seats < 0 || v.seats > maxSeats:
		v.seats = assumedSeats
		log.adjust(at, SeatsUnreadable, "has a number of seats that cannot be, and gets 1,000")
	}
	seen[id] = true
	return v, nil
}

func readEvent(at Row, f []string, seen, venues map[int]bool, categories map[int]string) (event, error) {
	id, err := newID(f[0], seen)
	if err != nil {
		return event{}, err
	}
	e := event{row: at, id: id, name: f[4]}
	if e.venue, err = readID(f[1]); err != nil {
		return event{}, fmt.Errorf("venue: %w", err)
	}
	switch usable, known := venues[e.venue]; {
	case !known:
		return event{}, fmt.Errorf("there is no venue %d", e.venue)
	case !usable:
		return event{}, fmt.Errorf("its venue %d was rejected", e.venue)
	}
	kind, err := readID(f[2])
	if err != nil {
		return event{}, fmt.Errorf("category: %w", err)
	}
	if e.category = categories[kind]; e.category == "" {
		return event{}, fmt.Errorf("there is no category %d", kind)
	}
	if err := checkName(e.name); err != nil {
		return event{}, err
	}
	if e.starts, err = time.Parse(time.DateTime, f[5]); err != nil {
		return event{}, errors.New("the start is not a time like 2020-01-25 14:30:00")
	}
	seen[id] = true
	return e, nil
}

// newID reads an id that no row before has.
func newID[V any](v string, seen map[int]V) (int, error) {
	id, err := readID(v)
	if err != nil {
		return 0, err
	}
	if _, twice := seen[id]; twice {
		return 0, errTwice(id)
	}
	return id, nil
}

func errTwice(id int) error { return fmt.Errorf("the id %d is that of a row before", id) }

func readID(v string) (int, error) {
	id, err := strconv.Atoi(v)
	if err != nil || id < 1 || id > maxID {
		return 0, errors.New("the id is not a number from 1 to 1,000,000,000")
	}
	return id, nil
}

func checkName(v string) error {
	switch {
	case v == "":
		return errors.New("the name is empty")
	case utf8.RuneCountInString(v) > maxName:
		return fmt.Errorf("the name has more than %d characters", maxName)
	}
	return nil
}

// eachRow calls use for every row of a file that has the right shape, and rejects it where use says why. Empty lines, a
// byte order mark, and line ends of either kind are all right.
func eachRow(dir, name string, columns int, log *logbook, use func(Row, []string) error) error {
	f, err := os.Open(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s has no %s: the folder of the sample must have %s, %s and %s", dir, name, venueFile, categoryFile, eventFile)
	}
	if err != nil {
		return err // names the file
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, maxLine)
	for line := 1; ; line++ {
		text, long, err := readLine(r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s, line %d: %w", name, line, err)
		}
		at := Row{File: name, Line: line}
		if line == 1 {
			text = bytes.TrimPrefix(text, []byte("\ufeff"))
		}
		if !long && len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		row, err := split(text, long, columns)
		if err == nil {
			err = use(at, row)
		}
		if err != nil {
			log.reject(at, err.Error())
		}
	}
}

// readLine returns a line without its end, and true for one that is too long, of which it returns the beginning.
func readLine(r *bufio.Reader) (line []byte, long bool, err error) {
	line, err = r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line, long = slices.Clone(line), true
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = r.ReadSlice('\n')
		}
	}
	if errors.Is(err, io.EOF) && len(line) > 0 {
		err = nil // the last line may have no end
	}
	return bytes.TrimRight(line, "\r\n"), long, err
}

func split(text []byte, long bool, columns int) ([]string, error) {
	switch {
	case long:
		return nil, fmt.Errorf("the line has more than %d bytes", maxLine)
	case !utf8.Valid(text):
		return nil, errors.New("the line is not valid UTF-8")
	case bytes.IndexFunc(text, unicode.IsControl) >= 0:
		return nil, errors.New("the line has control characters in it")
	}
	row := strings.Split(string(text), "|")
	if len(row) != columns {
		return nil, fmt.Errorf("the line has %d columns, not %d", len(row), columns)
	}
	for i := range row {
		row[i] = strings.TrimSpace(row[i])
	}
	return row, nil
}
