package seed

import "time"

func circuses() []show {
	const h, m = time.Hour, time.Minute
	return []show{
		{
			slug: "gravity-optional", category: "circus", house: "chapiteau-canal", week: 1, on: time.Saturday, at: at(20, 0), lasts: 2*h + 10*m,
			name: "Gravity Optional", by: []string{"Compagnie du Canal"},
			text:   "Thirty acrobats, one rope, and a piano that hangs from the roof.",
			prices: []price{{name: "Ringside", minor: 12900, in: "Ringside"}, {name: "Adult", minor: 7900, in: "Sector *"}, {name: "Child", minor: 4500, in: "Sector *"}}, terms: terms{freeCancel: 24 * h},
		},
		{
			slug: "gravity-optional-matinee", category: "circus", house: "chapiteau-canal", week: 2, on: time.Sunday, at: at(14, 0), lasts: 2*h + 10*m,
			name: "Gravity Optional, Matinée", by: []string{"Compagnie du Canal"},
			text: "The same show by daylight, with the house lights half up and the loud part a little less so.",
			prices: []price{
				{name: "Ringside", minor: 9900, in: "Ringside"},
				{name: "Adult", minor: 6400, in: "Sector *"},
				{name: "Child", minor: 3200, in: "Sector *"},
				{name: "Family of four, each", minor: 4200, in: "Sector C,Sector D,Sector E,Sector F", perPerson: 4},
			},
		},
		{
			slug: "the-tin-elephant", category: "circus", house: "minato", week: 4, on: time.Saturday, at: at(13, 0), lasts: 2 * h,
			name: "The Tin Elephant", by: []string{"Minato Machine Circus"},
			text:   "Clowns, jugglers, and an elephant of two thousand tin cans that walks on its own.",
			prices: []price{{name: "Ringside", minor: 9800, in: "Ringside"}, {name: "Adult", minor: 6200, in: "Sector *"}, {name: "Child", minor: 2800, in: "Sector *"}},
		},
		{
			slug: "the-tin-elephant-evening", category: "circus", house: "minato", week: 4, on: time.Saturday, at: at(18, 0), lasts: 2 * h,
			name: "The Tin Elephant, Evening Show", by: []string{"Minato Machine Circus"},
			text:   "As in the afternoon, with fire.",
			prices: []price{{name: "Ringside", minor: 11500, in: "Ringside"}, {name: "Adult", minor: 7200, in: "Sector *"}, {name: "Child", minor: 3600, in: "Sector *"}},
		},
		{
			slug: "river-of-silk", category: "circus", house: "lotus", week: 6, on: time.Friday, at: at(19, 30), lasts: 100 * m,
			name: "River of Silk", by: []string{"Lotus Aerial Troupe"},
			text:   "Aerial silk, contortion and water: the front rows are given ponchos.",
			prices: []price{{name: "Ringside, wet", minor: 220000, in: "Ringside"}, {name: "Adult", minor: 140000, in: "Sector *"}, {name: "Child", minor: 70000, in: "Sector *"}},
		},
		{
			slug: "caravan-of-mirrors", category: "circus", house: "saffron", week: 5, on: time.Thursday, at: at(20, 30), lasts: 2 * h,
			name: "Caravan of Mirrors", by: []string{"Qafila Acrobats", "Master Idris, illusions"},
			text: "An illusionist loses his shadow and looks for it in a city of mirrors.",
			prices: []price{
				{name: "Ringside", minor: 65000, in: "Ringside"},
				{name: "VIP sector", minor: 45000, in: "Sector F,Sector G", perPerson: 6},
				{name: "Adult", minor: 24000, in: "Sector *"},
				{name: "Child", minor: 12000, in: "Sector *"},
			},
		},
		{
			slug: "rope-and-rigging", category: "circus", house: "havnen", week: 7, on: time.Saturday, at: at(16, 0), lasts: 2 * h,
			name: "Rope and Rigging", by: []string{"Cirkus Havnen", "Søstrene Tovværk"},
			text:   "Nine sailors, one mast and no net. From six years.",
			prices: []price{{name: "Ringside", minor: 42000, in: "Ringside"}, {name: "Voksen", minor: 29500, in: "Sector *"}, {name: "Barn", minor: 14500, in: "Sector *"}},
		},
		{
			slug: "clowns-in-the-orchard", category: "circus", house: "zahrada", week: 3, on: time.Sunday, at: at(15, 0), lasts: 90 * m,
			name: "Clowns in the Orchard", by: []string{"Bratři Jablečníci"},
			text:   "Three brothers try to pick one apple. For everybody from three years.",
			prices: []price{{name: "Dospělý", minor: 39000}, {name: "Dítě", minor: 19000}}, terms: terms{perPerson: -1},
		},
		{
			slug: "night-of-the-wire", category: "circus", house: "zahrada", week: 16, on: time.Friday, at: at(20, 0), lasts: 2 * h,
			name: "Night of the Wire", by: []string{"Ludmila Vrabcová", "Orchestr Zahrada"},
			text: "A high-wire evening with an orchestra below, which is why the brass plays so softly.",
			prices: []price{
				{name: "Ringside", minor: 89000, in: "Ringside"},
				{name: "Early bird", minor: 45000, in: "Sector *", until: 45},
				{name: "Adult", minor: 59000, in: "Sector *"},
				{name: "Last seats", minor: 35000, in: "Sector *", from: 1},
			},
		},
		{
			slug: "winter-big-top", category: "circus", house: "havnen", week: 46, on: time.Saturday, at: at(17, 0), lasts: 2*h + 20*m,
			name: "The Winter Big Top", by: []string{"Cirkus Havnen", "Isfuglene"},
			text:   "The tent is heated, the trapeze is not.",
			prices: []price{{name: "Ringside", minor: 46000, in: "Ringside"}, {name: "Voksen", minor: 32000, in: "Sector *"}, {name: "Barn", minor: 16000, in: "Sector *"}},
			terms:  terms{presale: 100, freeCancel: 72 * h},
		},
	}
}
