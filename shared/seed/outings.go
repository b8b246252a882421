package seed

import "time"

// outings are festivals, sport, conferences, exhibitions and whatever else one leaves the house for.
func outings() []show {
	const h, m = time.Hour, time.Minute
	return []show{
		{
			slug: "acacia-sunrise-festival", category: "festival", house: "acacia", week: 18, on: time.Friday, at: at(15, 0), lasts: 57 * h,
			name: "Acacia Sunrise Festival", by: []string{"Nyota Collective", "Baba Tunde & the Ferrymen", "Savanna Static", "Mama Wanjiku's Big Sound"},
			text: "Three days of music on the ridge. Tents stand behind the meadow; the first set begins at dawn.",
			prices: []price{
				{name: "Weekend", minor: 650000, in: "Meadow"},
				{name: "Early bird weekend", minor: 480000, in: "Meadow", until: 60, perPerson: 4},
				{name: "Front of stage", minor: 950000, in: "Front of stage"},
				{name: "Terrace seat", minor: 1200000, in: "Terrace"},
				{name: "Child", minor: 100000, in: "Meadow"},
			}, terms: terms{freeCancel: 30 * 24 * h},
		},
		{
			slug: "quayside-weekender", category: "festival", house: "kranen", hall: 1, week: 31, on: time.Saturday, at: at(12, 0), lasts: 35 * h,
			name: "Quayside Weekender", by: []string{"Voltage Garden", "De Containerzangers", "Paper Moons", "Little Customs"},
			text: "Two days between the cranes, by boat, bicycle or tram.",
			prices: []price{
				{name: "Weekend", minor: 11900, in: "Meadow"},
				{name: "Front of stage", minor: 16900, in: "Front of stage"},
				{name: "Terrace seat", minor: 18900, in: "Terrace"},
				{name: "Child", minor: 1000, in: "Meadow"},
			},
		},
		{
			slug: "festival-of-short-plays", category: "festival", house: "jaskolka", week: 24, on: time.Saturday, at: at(11, 0), lasts: 11 * h,
			name: "Festival of Short Plays", text: "Twenty plays of twenty minutes. One ticket for all of them; come and go between.",
			prices: []price{{name: "All day", minor: 8000, in: "Stalls,Circle"}, {name: "All day, gallery", minor: 4000, in: "Gallery"}},
		},
		{
			slug: "midnight-sun-folk", category: "festival", house: "bjork", week: 30, on: time.Friday, at: at(16, 0), lasts: 10 * h,
			name: "Midnight Sun Folk", by: []string{"Is & Björn", "Kvällsvind", "Basaltkórinn"},
			text:   "Fiddles until the sun fails to go down.",
			prices: []price{{name: "Ståplats", minor: 69500, in: "Floor"}, {name: "Sittplats", minor: 89500, in: "Balcony"}, {name: "Under 18", minor: 25000, in: "Floor"}},
		},
		{
			slug: "fynbos-open-air", category: "festival", house: "fynbos", week: 15, on: time.Sunday, at: at(14, 0), lasts: 8 * h,
			name: "Fynbos Open Air", by: []string{"Protea Jazz Orchestra", "Kaapse Klanke"},
			text:   "Picnic rugs below, mountain above. Gates at one.",
			prices: []price{{name: "Centre", minor: 55000, in: "Centre wedge"}, {name: "Side", minor: 38000, in: "Left wedge,Right wedge"}, {name: "Child", minor: 12000, in: "Left wedge,Right wedge"}},
		},
		{
			slug: "cordillera-volleyball-final", category: "sport", house: "cordillera", week: 4, on: time.Saturday, at: at(19, 0), lasts: 2*h + 30*m,
			name: "Volleyball Cup Final", by: []string{"Cóndores de Ñuñoa", "Atlético Puerto Viejo"},
			text: "Best of five in the cup. Fans of the guests sit in the south stand.",
			prices: []price{
				{name: "Tribuna", minor: 24000, in: "North stand"},
				{name: "Cabecera", minor: 12000, in: "East stand,West stand"},
				{name: "Visita", minor: 15000, in: "South stand", perPerson: 4},
				{name: "Niños", minor: 5000, in: "East stand,West stand"},
			},
		},
		{
			slug: "ice-night-derby", category: "sport", house: "prairie-steel", week: 8, on: time.Friday, at: at(19, 0), lasts: 3 * h,
			name: "Ice Night Derby", by: []string{"Lakeside Otters", "Foundry Street Owls"},
			text: "Roller derby on the coldest night of the year.",
			prices: []price{
				{name: "Trackside", minor: 8500, in: "Floor"},
				{name: "Lower bowl", minor: 5500, in: "Block 1*"},
				{name: "Upper bowl", minor: 2500, in: "Block 2*"},
				{name: "Student", minor: 1000, in: "Block 2*", perPerson: 2},
			},
		},
		{
			slug: "table-tennis-masters", category: "sport", house: "han-river", week: 11, on: time.Saturday, at: at(13, 0), lasts: 7 * h,
			name: "Riverside Table Tennis Masters", text: "Eight tables, sixty-four players, one evening.",
			prices: []price{{name: "Lower tier", minor: 45000, in: "Block 1*"}, {name: "Upper tier", minor: 20000, in: "Block 2*"}},
		},
		{
			slug: "hall-handball-gala", category: "sport", house: "hafenforum", week: 27, on: time.Sunday, at: at(15, 0), lasts: 4 * h,
			name: "Hall Handball Gala", by: []string{"HSG Kaispeicher", "SV Deichkind Nord"},
			text:   "Two matches and a children's tournament in the break.",
			prices: []price{{name: "Lower tier", minor: 2800, in: "Block 1*"}, {name: "Upper tier", minor: 1600, in: "Block 2*"}, {name: "Child", minor: 600, in: "Block 2*"}},
		},
		{
			slug: "tides-of-data", category: "conference", house: "orchid", week: 10, on: time.Tuesday, at: at(9, 0), lasts: 33 * h,
			name: "Tides of Data", by: []string{"Dr Meilin Tanaka-Ong", "Rasmus Feldt", "Prof. Adaeze Nwokolo"},
			text: "Two days about streams, queues and what is in them. Badge, lunch and workshops included.",
			prices: []price{
				{name: "Standard", minor: 69000, in: "Plenary"},
				{name: "Early bird", minor: 49000, in: "Plenary", until: 30},
				{name: "Student", minor: 9000, in: "Plenary", perPerson: 1},
				{name: "Press", minor: 0, in: "Press", perPerson: 1},
			}, terms: terms{perPerson: 20, freeCancel: 14 * 24 * h},
		},
		{
			slug: "island-growers-summit", category: "conference", house: "pohutukawa", week: 21, on: time.Thursday, at: at(9, 0), lasts: 8 * h,
			name: "Island Growers' Summit", by: []string{"Aroha Tūmanako", "Piet Zonderland"},
			text:   "Orchards, bees and water: talks in the morning, field trips after lunch.",
			prices: []price{{name: "Delegate", minor: 32000, in: "Plenary"}, {name: "Press", minor: 0, in: "Press", perPerson: 1}},
		},
		{
			slug: "night-trains-forum", category: "conference", house: "kranen", week: 36, on: time.Wednesday, at: at(10, 0), lasts: 8 * h,
			name: "Forum of the Night Trains", text: "How to cross a continent asleep. With a sleeping car in the shed.",
			prices: []price{{name: "Delegate", minor: 14000}, {name: "Online and archive", minor: 4000}},
		},
		{
			slug: "hall-of-tides-light", category: "exhibition", house: "orchid", hall: 1, week: 3, on: time.Saturday, at: at(10, 0), lasts: 10 * h,
			name: "Hall of Tides: Works of Light", by: []string{"Studio Raintree"},
			text:   "A room of water and lamps that answers to footsteps. Socks will be lent.",
			prices: []price{{name: "Adult", minor: 2800}, {name: "Child", minor: 1400}, {name: "Senior", minor: 1800}}, terms: terms{noDoors: true},
		},
		{
			slug: "maps-of-nowhere", category: "exhibition", house: "pohutukawa", hall: 1, week: 5, on: time.Sunday, at: at(10, 0), lasts: 7 * h,
			name: "Maps of Nowhere", text: "Two hundred maps of places that were never found. Free, but the gallery is small: please take a ticket.",
			prices: []price{{name: "Entry", minor: 0}}, terms: terms{noDoors: true, perPerson: 6},
		},
		{
			slug: "engines-of-paper", category: "exhibition", house: "kranen", week: 9, on: time.Saturday, at: at(11, 0), lasts: 7 * h,
			name: "Engines of Paper", by: []string{"Atelier Vouw"},
			text:   "A steam crane, a loom and a railway, folded from paper and running.",
			prices: []price{{name: "Adult", minor: 1600}, {name: "Child", minor: 700}, {name: "Friend of the shed", minor: 4000, perPerson: 2}}, terms: terms{noDoors: true},
		},
		{
			slug: "shadows-by-hand", category: "other", house: "insonia", hall: 1, week: 0, on: time.Saturday, at: at(18, 0), lasts: 3 * h,
			name: "Shadows by Hand", by: []string{"Companhia da Insónia"},
			text:   "Cut, glue and play: a puppet of your own by nine o'clock. Six benches of eight, scissors and supper included.",
			prices: []price{{name: "Place at a bench", minor: 2600}},
		},
		{
			slug: "liffey-comedy-cellar", category: "other", house: "liffey", week: 1, on: time.Friday, at: at(20, 30), lasts: 2 * h,
			name: "Comedy Upstairs", by: []string{"Bríd Ní Áthas", "Colm the Quiet", "guests"},
			text:   "Five comedians, one microphone, no heckling before the interval.",
			prices: []price{{name: "Standing", minor: 1500, in: "Floor"}, {name: "Seat", minor: 2000, in: "Balcony"}},
		},
		{
			slug: "liffey-table-quiz", category: "other", house: "liffey", week: 4, on: time.Tuesday, at: at(19, 30), lasts: 3 * h,
			name: "The Long Table Quiz", text: "Teams of six; one ticket is one head. Wrong answers are read out.",
			prices: []price{{name: "Head", minor: 800, in: "Floor"}}, terms: terms{perPerson: 6},
		},
		{
			slug: "science-slam-kesselhaus", category: "other", house: "kesselhaus", week: 15, on: time.Wednesday, at: at(19, 0), lasts: 2*h + 30*m,
			name: "Science Slam", text: "Six researchers have ten minutes each. The loudest applause wins a golden pipette.",
			prices: []price{{name: "Floor", minor: 1100, in: "Floor"}, {name: "Balcony seat", minor: 1400, in: "Balcony"}},
		},
		{
			slug: "night-of-a-hundred-pots", category: "other", house: "lagoon", week: 25, on: time.Saturday, at: at(17, 0), lasts: 6 * h,
			name: "Night of a Hundred Pots", text: "A hundred cooks, a hundred pots of rice, one vote each.",
			prices: []price{{name: "Taster", minor: 1000000, in: "Floor"}, {name: "Table seat", minor: 2500000, in: "Balcony"}, {name: "Child", minor: 300000, in: "Floor"}}, terms: terms{draft: true},
		},
	}
}
