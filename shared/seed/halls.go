package seed

import (
	"fmt"
	"strconv"

	"github.com/myevents/myevents/shared/apiclient"
)

// letter labels rows A, B, … without I and O, which look like digits, then AA, BB, …
func letter(i int) string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
	l := letters[i%len(letters) : i%len(letters)+1]
	if i >= len(letters) {
		return l + l
	}
	return l
}

func number(i int) string { return strconv.Itoa(i + 1) }

// curve returns rows that widen towards the back, as those of a theatre do, the last of them shortened by the doors. The
// ends of the first and the last row are accessible.
func curve(rows, first, wider int, label func(int) string) []apiclient.Row {
	made := make([]apiclient.Row, rows)
	for i := range made {
		seats := first + wider*i
		if i == rows-1 && rows > 3 {
			seats -= wider * 2
		}
		made[i] = apiclient.Row{Label: label(i), Seats: max(seats, 4)}
		if i == 0 || i == rows-1 {
			made[i].Accessible = []int{1, 2, made[i].Seats - 1, made[i].Seats}
		}
	}
	return made
}

func seated(name string, rows []apiclient.Row) apiclient.Section {
	return apiclient.Section{Name: name, Kind: apiclient.Seated, Rows: rows}
}

func standing(name string, capacity int) apiclient.Section {
	return apiclient.Section{Name: name, Kind: apiclient.Standing, Capacity: capacity}
}

func hall(name string, sections ...apiclient.Section) apiclient.Hall {
	return apiclient.Hall{Name: name, Sections: sections}
}

// theatre has stalls, a circle, a gallery from 14 rows of stalls on, and boxes of four on both sides.
func theatre(name string, rows, first int) apiclient.Hall {
	h := hall(name, seated("Stalls", curve(rows, first, 1, letter)), seated("Circle", curve(rows/2, first+6, 2, letter)))
	if rows >= 14 {
		h.Sections = append(h.Sections, seated("Gallery", curve(rows/3, first+10, 1, letter)))
	}
	boxes := make([]apiclient.Row, rows/2)
	for i := range boxes {
		side := "L"
		if i%2 == 1 {
			side = "R"
		}
		boxes[i] = apiclient.Row{Label: fmt.Sprintf("Box %d%s", i/2+1, side), Seats: 4}
	}
	boxes[0].Accessible = []int{1, 2}
	h.Sections = append(h.Sections, seated("Boxes", boxes))
	return h
}

// arena has a floor to stand on, a ring of lower blocks and one of upper blocks. Blocks in the corners are narrower, and
// every fourth of the lower ones has places for wheelchairs in its last row.
func arena(name string, floor, blocks, lowerRows, upperRows int) apiclient.Hall {
	h := hall(name, standing("Floor", floor))
	for tier, rows := range []int{lowerRows, upperRows} {
		for b := range blocks {
			width, wider := 16, 0
			if corner := b % (blocks / 4); corner == 0 {
				width, wider = 8, 1
			}
			made := make([]apiclient.Row, rows)
			for i := range made {
				made[i] = apiclient.Row{Label: number(i), Seats: width + wider*i + 2*tier}
			}
			if tier == 0 && b%4 == 1 {
				made[rows-1].Accessible = []int{1, 2, 3, 4, 5, 6}
			}
			h.Sections = append(h.Sections, seated(fmt.Sprintf("Block %d", 100*(tier+1)+b+1), made))
		}
	}
	return h
}

// club has a floor to stand on and a small balcony to sit on.
func club(name string, floor, balconyRows, balconyFirst int) apiclient.Hall {
	return hall(name, standing("Floor", floor), seated("Balcony", curve(balconyRows, balconyFirst, 2, letter)))
}

// bigTop has seats by the ring and sectors around it, with an entrance for the horses between the first and the last.
func bigTop(name string, sectors, rows int) apiclient.Hall {
	h := hall(name, seated("Ringside", curve(3, 6*sectors, 4, number)))
	for i := range sectors {
		s := seated("Sector "+letter(i), curve(rows, 10, 1, number))
		if i > 0 && i < sectors-1 {
			for r := range s.Rows {
				s.Rows[r].Accessible = nil // reached by stairs
			}
		}
		h.Sections = append(h.Sections, s)
	}
	return h
}

// parade has grandstands along a street, a platform for wheelchairs, and the pavement to stand on.
func parade(name string, stands, rows, pavement int) apiclient.Hall {
	h := hall(name)
	for i := range stands {
		made := make([]apiclient.Row, rows)
		for r := range made {
			made[r] = apiclient.Row{Label: number(r), Seats: 30 + 2*((i*7+r)%5)}
		}
		h.Sections = append(h.Sections, seated("Stand "+letter(i), made))
	}
	accessible := make([]int, 20)
	for i := range accessible {
		accessible[i] = i + 1
	}
	h.Sections = append(h.Sections,
		seated("Platform", []apiclient.Row{{Label: "1", Seats: 20, Accessible: accessible}, {Label: "2", Seats: 20}}),
		standing("Pavement", pavement))
	return h
}

// amphitheatre has three wedges of stone steps that widen upwards.
func amphitheatre(name string, rows, first int) apiclient.Hall {
	return hall(name, seated("Left wedge", curve(rows, first, 1, number)), seated("Centre wedge", curve(rows, first+8, 2, number)),
		seated("Right wedge", curve(rows, first, 1, number)))
}

// field is a meadow in front of a stage, with a terrace to sit on.
func field(name string, meadow, front, terraceRows int) apiclient.Hall {
	return hall(name, standing("Front of stage", front), standing("Meadow", meadow), seated("Terrace", curve(terraceRows, 40, 0, number)))
}

// sportsHall has four sides.
func sportsHall(name string, rows, long, short int) apiclient.Hall {
	h := hall(name)
	for _, side := range []struct {
		name  string
		seats int
	}{{"North", long}, {"East", short}, {"South", long}, {"West", short}} {
		h.Sections = append(h.Sections, seated(side.name+" stand", curve(rows, side.seats, 1, number)))
	}
	return h
}

// plenary has straight rows, those in front for the press.
func plenary(name string, rows, seats int) apiclient.Hall {
	made := make([]apiclient.Row, rows)
	for i := range made {
		made[i] = apiclient.Row{Label: number(i), Seats: seats}
	}
	made[0].Accessible = []int{1, 2, seats - 1, seats}
	return hall(name, seated("Press", []apiclient.Row{{Label: "P", Seats: seats}}), seated("Plenary", made))
}

// gallery lets in so many people at a time.
func gallery(name string, capacity int) apiclient.Hall {
	return hall(name, standing("Entry", capacity))
}
