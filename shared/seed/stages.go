package seed

import "time"

// stages are theatre, opera and musicals.
func stages() []show {
	const h, m = time.Hour, time.Minute
	return []show{
		{
			slug: "the-cartographers-wife", category: "theatre", house: "wattle", week: 2, on: time.Thursday, at: at(19, 30), lasts: 2*h + 40*m,
			name: "The Cartographer's Wife", by: []string{"Wattle Quay Company"},
			text: "She drew the coast that bears his name. A play in two acts by Imogen Thackray.",
			prices: []price{
				{name: "Stalls", minor: 9500, in: "Stalls"},
				{name: "Circle", minor: 7200, in: "Circle"},
				{name: "Gallery", minor: 3900, in: "Gallery"},
				{name: "Box seat", minor: 11000, in: "Boxes"},
				{name: "Concession", minor: 4500, in: "Circle,Gallery"},
			},
		},
		{
			slug: "le-dernier-souffleur", category: "theatre", house: "marronniers", week: 1, on: time.Tuesday, at: at(20, 0), lasts: 2 * h,
			name: "Le dernier souffleur", by: []string{"Troupe des Marronniers"},
			text: "A prompter, an empty theatre, a leading actor who has forgotten everything. With English surtitles on Tuesdays.",
			prices: []price{
				{name: "Orchestre", minor: 4600, in: "Stalls"},
				{name: "Balcon", minor: 3400, in: "Circle"},
				{name: "Galerie", minor: 1800, in: "Gallery"},
				{name: "Loge", minor: 5200, in: "Boxes"},
				{name: "Moins de 28 ans", minor: 1200, in: "Gallery", perPerson: 2},
			},
		},
		{
			slug: "under-the-swallow", category: "theatre", house: "jaskolka", week: 3, on: time.Friday, at: at(19, 0), lasts: 2*h + 15*m,
			name: "Under the Swallow", by: []string{"Zespół Pod Jaskółką"},
			text:   "Three generations under one roof, and the bird that nests above the door. In Polish with English surtitles.",
			prices: []price{{name: "Parter", minor: 12000, in: "Stalls"}, {name: "Balkon", minor: 9000, in: "Circle"}, {name: "Galeria", minor: 5000, in: "Gallery"}, {name: "Loża", minor: 15000, in: "Boxes"}},
		},
		{
			slug: "the-ferryman-of-the-strait", category: "theatre", house: "kirlangic", week: 5, on: time.Saturday, at: at(20, 30), lasts: 2 * h,
			name: "The Ferryman of the Strait", by: []string{"Kırlangıç Topluluğu"},
			text:   "Shadow play, clarinet and an old ferry's horn. In Turkish.",
			prices: []price{{name: "Salon", minor: 85000, in: "Stalls"}, {name: "Balkon", minor: 60000, in: "Circle"}, {name: "Galeri", minor: 35000, in: "Gallery"}, {name: "Loca", minor: 110000, in: "Boxes"}},
		},
		{
			slug: "gardeners-by-night", category: "theatre", house: "papyrus", week: 22, on: time.Wednesday, at: at(20, 30), lasts: 2 * h,
			name: "Gardeners by Night", by: []string{"Papyrus Players"},
			text:   "A comedy of errors among lemon trees, in the open air.",
			prices: []price{{name: "Centre", minor: 45000, in: "Centre wedge"}, {name: "Side", minor: 25000, in: "Left wedge,Right wedge"}, {name: "Child", minor: 10000, in: "Left wedge,Right wedge"}},
		},
		{
			slug: "the-glass-harvest", category: "opera", house: "glicini", week: 29, on: time.Saturday, at: at(21, 0), lasts: 3*h + 30*m,
			name: "The Glass Harvest", by: []string{"Orchestra dei Glicini", "Ottavia Brandimarte, soprano", "Elio Scarpanti, tenor"},
			text: "Grand opera in four acts under the open sky. Bring a cushion: stone remembers the winter.",
			prices: []price{
				{name: "Centre steps", minor: 14500, in: "Centre wedge"},
				{name: "Side steps", minor: 4200, in: "Left wedge,Right wedge"},
				{name: "Early bird", minor: 2900, in: "Left wedge,Right wedge", until: 90},
			}, terms: terms{freeCancel: 72 * h},
		},
		{
			slug: "the-clockmakers-daughter", category: "opera", house: "ombu", week: 6, on: time.Friday, at: at(20, 0), lasts: 3 * h,
			name: "The Clockmaker's Daughter", by: []string{"Ópera del Ombú", "Renata Quiroga, mezzo-soprano"},
			text:   "A comic opera in which everybody is late.",
			prices: []price{{name: "Platea", minor: 5800000, in: "Stalls"}, {name: "Tertulia", minor: 3600000, in: "Circle"}, {name: "Paraíso", minor: 1200000, in: "Gallery"}, {name: "Palco", minor: 7500000, in: "Boxes"}},
		},
		{
			slug: "the-crane-bride", category: "opera", house: "sumire", week: 17, on: time.Sunday, at: at(14, 0), lasts: 2*h + 45*m,
			name: "The Crane Bride", by: []string{"Sumire Chamber Orchestra", "Kaede Tachihara, soprano"},
			text:   "A new opera after the old tale. In Japanese with English surtitles.",
			prices: []price{{name: "S", minor: 24000, in: "Boxes"}, {name: "A", minor: 18000, in: "Stalls"}, {name: "B", minor: 12000, in: "Circle"}, {name: "C", minor: 5000, in: "Gallery"}}, terms: terms{perPerson: 6},
		},
		{
			slug: "salt-and-sirens", category: "opera", house: "ribeira", week: 33, on: time.Thursday, at: at(20, 0), lasts: 2*h + 30*m,
			name: "Salt and Sirens", by: []string{"Companhia da Ribeira"},
			text: "A baroque opera that was found in a fish market's archive. Dates are being confirmed.", terms: terms{draft: true},
			prices: []price{{name: "Plateia", minor: 7000, in: "Stalls"}},
		},
		{
			slug: "neon-harbour", category: "musical", house: "wattle", week: 20, on: time.Saturday, at: at(19, 30), lasts: 2*h + 45*m,
			name: "Neon Harbour", by: []string{"Wattle Quay Company", "The Quay Band"},
			text: "A ferry conductor dreams of the stage, and the ferry sinks. With tap dance.",
			prices: []price{
				{name: "Stalls", minor: 13900, in: "Stalls"},
				{name: "Circle", minor: 10900, in: "Circle"},
				{name: "Gallery", minor: 5900, in: "Gallery"},
				{name: "Premium box", minor: 18900, in: "Boxes"},
				{name: "Child", minor: 6900, in: "Circle,Gallery"},
			},
		},
		{
			slug: "bazaar-of-dreams", category: "musical", house: "monsoon", week: 13, on: time.Friday, at: at(19, 0), lasts: 3 * h,
			name: "Bazaar of Dreams", by: []string{"Monsoon Hall Company"},
			text:   "Seven stalls, seven wishes and one very tired genie.",
			prices: []price{{name: "Stalls", minor: 240000, in: "Stalls"}, {name: "Circle", minor: 150000, in: "Circle"}, {name: "Gallery", minor: 60000, in: "Gallery"}, {name: "Box seat", minor: 350000, in: "Boxes"}},
		},
		{
			slug: "the-lighthouse-sisters", category: "musical", house: "lindenhof", week: 37, on: time.Wednesday, at: at(19, 30), lasts: 2*h + 30*m,
			name: "The Lighthouse Sisters", by: []string{"Lindenhof Musical Ensemble"},
			text:   "Four sisters, one lamp, eleven songs.",
			prices: []price{{name: "Stalls", minor: 9900, in: "Stalls"}, {name: "Circle", minor: 7900, in: "Circle"}, {name: "Gallery", minor: 3900, in: "Gallery"}, {name: "Box seat", minor: 12900, in: "Boxes"}}, terms: terms{presale: 180},
		},
	}
}
