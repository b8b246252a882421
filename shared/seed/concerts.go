package seed

import "time"

func concerts() []show {
	const h, m = time.Hour, time.Minute
	return []show{
		{
			slug: "lanterns-over-the-danube", category: "concert", house: "lindenhof", week: 1, on: time.Friday, at: at(19, 30), lasts: 2*h + 15*m,
			name: "Lanterns over the Danube", by: []string{"Lindenhof Philharmonic", "Marta Hollerer, violin", "Ilias Venn, conductor"},
			text: "A late-romantic evening: the violin concerto by Oda Trautner, and after the interval the Harbour Symphony.\n\nIntroductory talk in the foyer at 18:45.",
			prices: []price{
				{name: "Stalls", minor: 8900, in: "Stalls"},
				{name: "Circle", minor: 6400, in: "Circle"},
				{name: "Gallery", minor: 2900, in: "Gallery"},
				{name: "Box seat", minor: 11500, in: "Boxes"},
				{name: "Under 26", minor: 1500, in: "Gallery", perPerson: 2},
			}, terms: terms{freeCancel: 48 * h},
		},
		{
			slug: "string-quartets-by-candlelight", category: "concert", house: "lindenhof", hall: 1, week: 2, on: time.Sunday, at: at(18, 0), lasts: 90 * m,
			name: "String Quartets by Candlelight", by: []string{"Quartett Sanddorn"},
			text:   "Four quartets, four hundred candles, no microphones. Latecomers are let in between the pieces.",
			prices: []price{{name: "Adult", minor: 3400}, {name: "Student", minor: 1700, perPerson: 2}},
		},
		{
			slug: "overtures-and-polkas", category: "concert", house: "lindenhof", week: 26, on: time.Saturday, at: at(19, 0), lasts: 2*h + 30*m,
			name: "Overtures and Polkas", by: []string{"Lindenhof Philharmonic", "Concordia Boys' and Girls' Choir"},
			text: "The gala of the season, with dancing in the foyer afterwards. Evening dress is welcome and not required.",
			prices: []price{
				{name: "Stalls", minor: 16500, in: "Stalls"},
				{name: "Circle", minor: 12000, in: "Circle"},
				{name: "Gallery", minor: 5500, in: "Gallery"},
				{name: "Box seat", minor: 21000, in: "Boxes"},
			}, terms: terms{perPerson: 4, presale: 90, freeCancel: 7 * 24 * h},
		},
		{
			slug: "voltage-garden", category: "concert", house: "kesselhaus", week: 0, on: time.Saturday, at: at(20, 0), lasts: 4 * h,
			name: "Voltage Garden: Night Shift", by: []string{"Voltage Garden", "Nadelwald", "DJ Kupferkabel"},
			text:   "Modular synthesisers, two drummers and a wall of old boilers. Doors one hour before; the balcony is seated.",
			prices: []price{{name: "Floor", minor: 2800, in: "Floor"}, {name: "Balcony seat", minor: 3900, in: "Balcony"}},
		},
		{
			slug: "coal-cellar-jazz", category: "concert", house: "kesselhaus", hall: 1, week: 0, on: time.Thursday, at: at(21, 0), lasts: 2 * h,
			name: "Coal Cellar Jazz: The Tuesday Men, on a Thursday", by: []string{"The Tuesday Men"},
			text:   "A sextet in a cellar of forty paces. All tickets are sold on the day, from 8 in the morning, and never earlier.",
			prices: []price{{name: "Entry", minor: 1200}}, terms: terms{onTheDay: true, perPerson: 2},
		},
		{
			slug: "tidebreaker-arena-tour", category: "concert", house: "hafenforum", week: 14, on: time.Friday, at: at(20, 0), lasts: 3 * h,
			name: "Tidebreaker: The Salt Road Tour", by: []string{"Tidebreaker", "Little Customs"},
			text: "The Hamburg night of the Salt Road Tour: two hours of sea-shanty rock with brass, accordion and a rain machine.",
			prices: []price{
				{name: "Standing", minor: 7900, in: "Floor"},
				{name: "Early standing", minor: 6500, in: "Floor", until: 60, perPerson: 4},
				{name: "Lower tier", minor: 9400, in: "Block 1*"},
				{name: "Upper tier", minor: 5900, in: "Block 2*"},
			}, terms: terms{perPerson: 8},
		},
		{
			slug: "paper-moons", category: "concert", house: "copper-lantern", week: 1, on: time.Wednesday, at: at(19, 30), lasts: 2*h + 30*m,
			name: "Paper Moons + Hollis Grange", by: []string{"Paper Moons", "Hollis Grange"},
			text:   "Indie folk from the estuary: songs about ferries, allotments and the last bus home.",
			prices: []price{{name: "Standing", minor: 2200, in: "Floor"}, {name: "Balcony seat", minor: 2900, in: "Balcony"}},
		},
		{
			slug: "brass-for-breakfast", category: "concert", house: "copper-lantern", week: 6, on: time.Sunday, at: at(11, 0), lasts: 2 * h,
			name: "Brass for Breakfast", by: []string{"Tanner's Yard Brass"},
			text:   "Marches, tangos and eggs. Children under 12 come along for a pound and may try a cornet.",
			prices: []price{{name: "Adult", minor: 1400}, {name: "Child", minor: 100}},
		},
		{
			slug: "chansons-du-passage", category: "concert", house: "marronniers", hall: 1, week: 3, on: time.Saturday, at: at(20, 30), lasts: 95 * m,
			name: "Chansons du passage", by: []string{"Odile Ferrand", "Basile Noyer, accordéon"},
			text:   "An hour and a half of songs that were written within two hundred metres of this stage.",
			prices: []price{{name: "Orchestre", minor: 3200, in: "Stalls"}, {name: "Balcon", minor: 2400, in: "Circle"}, {name: "Loge", minor: 3800, in: "Boxes"}},
		},
		{
			slug: "prairie-thunder", category: "concert", house: "prairie-steel", week: 19, on: time.Saturday, at: at(19, 30), lasts: 3 * h,
			name: "Prairie Thunder", by: []string{"Cass Holloway & the Long Fence", "June Abernathy"},
			text: "Stadium country without the trucks: a twelve-piece band in the round.",
			prices: []price{
				{name: "Pit", minor: 12500, in: "Floor"},
				{name: "Lower bowl", minor: 9500, in: "Block 1*"},
				{name: "Upper bowl", minor: 4500, in: "Block 2*"},
				{name: "VIP lounge", minor: 32000, in: "Block 101,Block 113", perPerson: 4},
			},
		},
		{
			slug: "back-porch-blues", category: "concert", house: "magnolia", hall: 1, week: 2, on: time.Thursday, at: at(20, 0), lasts: 3 * h,
			name: "Back Porch Blues", by: []string{"Mister Delacroix", "The Screen Doors"},
			text:   "Slide guitar until the neighbours complain, and then a little longer.",
			prices: []price{{name: "Standing", minor: 1800, in: "Floor"}, {name: "Rocking chair", minor: 3500, in: "Balcony"}},
		},
		{
			slug: "noche-de-jacarandas", category: "concert", house: "jacaranda", week: 4, on: time.Friday, at: at(20, 30), lasts: 3 * h,
			name: "Noche de jacarandas", by: []string{"Las Golondrinas del Sur", "Trío Amaranto"},
			text:   "Boleros, son and electronic cumbia under purple lights.",
			prices: []price{{name: "General", minor: 65000, in: "Floor"}, {name: "Butaca", minor: 98000, in: "Balcony"}},
		},
		{
			slug: "moonlit-koto", category: "concert", house: "sumire", week: 5, on: time.Friday, at: at(19, 0), lasts: 2 * h,
			name: "Moonlit Koto", by: []string{"Sumire Chamber Orchestra", "Aoi Mizusawa, koto"},
			text: "Three new concertos for koto and orchestra. Please switch off everything that glows.",
			prices: []price{
				{name: "S", minor: 12000, in: "Boxes"},
				{name: "A", minor: 8800, in: "Stalls"},
				{name: "B", minor: 6500, in: "Circle"},
				{name: "C", minor: 3500, in: "Gallery"},
			}, terms: terms{perPerson: 4},
		},
		{
			slug: "city-pop-after-rain", category: "concert", house: "sumire", hall: 1, week: 9, on: time.Saturday, at: at(18, 30), lasts: 2 * h,
			name: "City Pop after Rain", by: []string{"Neon Umbrella"},
			text:   "Slap bass, chorus pedals and a drink included.",
			prices: []price{{name: "Standing, one drink", minor: 5400, in: "Floor"}, {name: "Seat, one drink", minor: 6800, in: "Balcony"}},
		},
		{
			slug: "starlight-relay", category: "concert", house: "han-river", week: 23, on: time.Sunday, at: at(18, 0), lasts: 3 * h,
			name: "Starlight Relay", by: []string{"NOVALUNE", "Seven Kites", "HARU DAY"},
			text: "Three groups, one stage, a hundred and forty lights that know where you sit.",
			prices: []price{
				{name: "Standing", minor: 154000, in: "Floor", perPerson: 2},
				{name: "R", minor: 143000, in: "Block 1*", perPerson: 2},
				{name: "S", minor: 99000, in: "Block 2*", perPerson: 2},
			}, terms: terms{perPerson: 2, presale: 120},
		},
		{
			slug: "ragas-for-the-first-rain", category: "concert", house: "monsoon", week: 7, on: time.Sunday, at: at(18, 30), lasts: 3 * h,
			name: "Ragas for the First Rain", by: []string{"Vasundhara Joglekar, voice", "Imran Qalbi, tabla"},
			text: "An evening of monsoon ragas that ends when the rain does.",
			prices: []price{
				{name: "Stalls", minor: 180000, in: "Stalls"},
				{name: "Circle", minor: 110000, in: "Circle"},
				{name: "Gallery", minor: 40000, in: "Gallery"},
				{name: "Box seat", minor: 250000, in: "Boxes"},
			},
		},
		{
			slug: "lagoon-highlife", category: "concert", house: "lagoon", week: 3, on: time.Saturday, at: at(20, 0), lasts: 5 * h,
			name: "Lagoon Highlife All Night", by: []string{"Baba Tunde & the Ferrymen", "Queen Morenike", "The Generator Boys"},
			text:   "Fourteen horns, three stages' worth of drummers, and palm wine at the bar.",
			prices: []price{{name: "Regular", minor: 1500000, in: "Floor"}, {name: "VIP table seat", minor: 6000000, in: "Balcony"}},
		},
		{
			slug: "pearl-divers-songs", category: "concert", house: "dhow", week: 8, on: time.Thursday, at: at(20, 0), lasts: 2 * h,
			name: "Songs of the Pearl Divers", by: []string{"Al-Marsa Ensemble"},
			text:   "Sea songs of the Gulf with frame drums, hand claps and a choir of forty.",
			prices: []price{{name: "Stalls", minor: 12500, in: "Stalls"}, {name: "Circle", minor: 7750, in: "Circle"}, {name: "Gallery", minor: 3250, in: "Gallery"}, {name: "Box seat", minor: 20000, in: "Boxes"}},
		},
		{
			slug: "northern-drones", category: "concert", house: "bjork", week: 10, on: time.Friday, at: at(19, 30), lasts: 3 * h,
			name: "Northern Drones", by: []string{"Is & Björn", "Hurdy-Gurdy Nine"},
			text:   "Nyckelharpa, hurdy-gurdy and sub-bass. Earplugs at the door.",
			prices: []price{{name: "Ståplats", minor: 39500, in: "Floor"}, {name: "Sittplats", minor: 52000, in: "Balcony"}},
		},
		{
			slug: "basalt-choir", category: "concert", house: "hraun", week: 12, on: time.Saturday, at: at(20, 0), lasts: 2 * h,
			name: "Basalt Choir", by: []string{"Basaltkórinn"},
			text:   "Fifty voices, no instruments, and the wind outside.",
			prices: []price{{name: "Stæði", minor: 5900, in: "Floor"}, {name: "Sæti", minor: 7900, in: "Balcony"}},
		},
		{
			slug: "fado-on-the-steps", category: "concert", house: "ribeira", week: 11, on: time.Friday, at: at(21, 0), lasts: 2 * h,
			name: "Fado on the Steps", by: []string{"Leonor Salgueiral", "Guitarras da Ribeira"},
			text:   "Lights out, silence, fado.",
			prices: []price{{name: "Plateia", minor: 4500, in: "Stalls"}, {name: "Balcão", minor: 3000, in: "Circle"}, {name: "Galeria", minor: 1800, in: "Gallery"}, {name: "Camarote", minor: 6000, in: "Boxes"}},
			terms:  terms{cancelled: "The singer is ill. Everybody is refunded in full."},
		},
	}
}
