package seed

import "time"

func carnivals() []show {
	const h, m = time.Hour, time.Minute
	return []show{
		{
			slug: "parade-of-the-herons", category: "carnival", house: "garcas", week: 11, on: time.Sunday, at: at(21, 0), lasts: 8 * h,
			name: "Parade of the Herons, First Night", by: []string{"Unidos da Maré Alta", "Estrela do Morro Azul", "Império das Pipas"},
			text: "Six schools, four thousand drummers and dancers, until sunrise. Stands A to F see the judges' bays.",
			prices: []price{
				{name: "Arquibancada", minor: 32000, in: "Stand *"},
				{name: "Stands A to C, with supper", minor: 98000, in: "Stand A,Stand B,Stand C", perPerson: 6},
				{name: "Platform", minor: 16000, in: "Platform"},
				{name: "Pista", minor: 9000, in: "Pavement"},
			}, terms: terms{noDoors: true, freeCancel: 14 * 24 * h},
		},
		{
			slug: "parade-of-the-herons-second-night", category: "carnival", house: "garcas", week: 12, on: time.Monday, at: at(21, 0), lasts: 8 * h,
			name: "Parade of the Herons, Second Night", by: []string{"Mocidade do Farol", "Acadêmicos da Chuva", "Rosa de Cobre"},
			text:   "The second half of the competition, with the junior schools from seven in the evening.",
			prices: []price{{name: "Arquibancada", minor: 32000, in: "Stand *"}, {name: "Platform", minor: 16000, in: "Platform"}, {name: "Pista", minor: 9000, in: "Pavement"}},
			terms:  terms{noDoors: true},
		},
		{
			slug: "dawn-street-jump-up", category: "carnival", house: "scarlet-savannah", week: 10, on: time.Monday, at: at(4, 0), lasts: 6 * h,
			name: "Dawn Street Jump-Up", by: []string{"Blue Paint Brigade", "Ironworks Steel Orchestra"},
			text:   "Before sunrise, in mud, paint and powder. Wear what you will never wear again.",
			prices: []price{{name: "Masquerader", minor: 45000, in: "Pavement"}, {name: "Grandstand", minor: 30000, in: "Stand *"}, {name: "Platform", minor: 15000, in: "Platform"}},
			terms:  terms{noDoors: true},
		},
		{
			slug: "steelpan-final", category: "carnival", house: "scarlet-savannah", week: 9, on: time.Saturday, at: at(19, 0), lasts: 5 * h,
			name: "Grand Steelpan Final", by: []string{"Ironworks Steel Orchestra", "Hummingbird Tenors", "Tamarind Hill All Stars"},
			text: "Ten bands of a hundred pans each. Results at midnight, arguments until Ash Wednesday.",
			prices: []price{
				{name: "Grandstand", minor: 50000, in: "Stand *"},
				{name: "Greens", minor: 20000, in: "Pavement"},
				{name: "Platform", minor: 25000, in: "Platform"},
				{name: "Child", minor: 10000, in: "Stand E,Stand F"},
			},
		},
		{
			slug: "magnolia-night-parade", category: "carnival", house: "magnolia", week: 13, on: time.Tuesday, at: at(18, 0), lasts: 5 * h,
			name: "Magnolia Night Parade", by: []string{"Krewe of the Paper Crane", "Seventh Ward Sousaphones"},
			text: "Twenty-two floats by torchlight. Stands have roofs and, more to the point, bathrooms.",
			prices: []price{
				{name: "Grandstand", minor: 6500, in: "Stand *"},
				{name: "Child", minor: 2500, in: "Stand *"},
				{name: "Platform", minor: 3000, in: "Platform"},
				{name: "Pavement", minor: 0, in: "Pavement"},
			}, terms: terms{noDoors: true},
		},
		{
			slug: "battle-of-flowers", category: "carnival", house: "caiman", week: 12, on: time.Saturday, at: at(13, 0), lasts: 6 * h,
			name: "Battle of Flowers", by: []string{"Comparsa del Caimán", "Marimondas de la Esquina", "Cumbiamba La Garza"},
			text: "Floats, flowers and a crocodile of ninety metres carried by two hundred people.",
			prices: []price{
				{name: "Palco", minor: 28000000, in: "Stand A,Stand B,Stand C"},
				{name: "Grada", minor: 12000000, in: "Stand *"},
				{name: "Plataforma", minor: 6000000, in: "Platform"},
				{name: "De pie", minor: 2500000, in: "Pavement"},
			}, terms: terms{noDoors: true},
		},
		{
			slug: "chirigotas-contest", category: "carnival", house: "levante", hall: 1, week: 8, on: time.Friday, at: at(20, 30), lasts: 4 * h,
			name: "Contest of the Satirical Choirs, Final", by: []string{"Los que ya lo sabían", "Las sin permiso", "Coro de la Caleta Chica"},
			text:   "The funniest songs of the year about everybody who was in the news. In Spanish, fast.",
			prices: []price{{name: "Patio", minor: 4800, in: "Stalls"}, {name: "Anfiteatro", minor: 3200, in: "Circle"}, {name: "Paraíso", minor: 1500, in: "Gallery"}, {name: "Palco", minor: 6000, in: "Boxes"}},
			terms:  terms{perPerson: 2},
		},
		{
			slug: "levante-cavalcade", category: "carnival", house: "levante", week: 9, on: time.Sunday, at: at(17, 0), lasts: 4 * h,
			name: "Cavalcade along the Sea", text: "Giants, big heads and eleven tonnes of sweets. The pavement is free, but numbered: one ticket each.",
			prices: []price{{name: "Grada", minor: 1200, in: "Stand *"}, {name: "Plataforma", minor: 0, in: "Platform"}, {name: "De pie", minor: 0, in: "Pavement"}}, terms: terms{noDoors: true},
		},
		{
			slug: "drum-alley-dawn", category: "carnival", house: "trommelgasse", week: 14, on: time.Monday, at: at(4, 0), lasts: 3 * h,
			name: "Drum Alley at Dawn", by: []string{"Clique Nachtfalter", "Clique Alti Pfyffer"},
			text:   "At four in the morning all lights go out, and the piccolos begin.",
			prices: []price{{name: "Tribüne", minor: 3500, in: "Stand *"}, {name: "Plattform", minor: 1500, in: "Platform"}, {name: "Stehplatz", minor: 500, in: "Pavement"}},
			terms:  terms{noDoors: true},
		},
		{
			slug: "bay-road-minstrels", category: "carnival", house: "fynbos", hall: 1, week: 6, on: time.Saturday, at: at(11, 0), lasts: 6 * h,
			name: "Bay Road Minstrels", by: []string{"Silver Umbrella Troupe", "Young Harbour Stars"},
			text:   "Satin, umbrellas, banjos: forty troupes march down to the water.",
			prices: []price{{name: "Stand", minor: 22000, in: "Stand *"}, {name: "Child", minor: 8000, in: "Stand *"}, {name: "Platform", minor: 10000, in: "Platform"}, {name: "Standing", minor: 5000, in: "Pavement"}},
			terms:  terms{noDoors: true},
		},
		{
			slug: "winter-masks", category: "carnival", house: "trommelgasse", week: 40, on: time.Saturday, at: at(15, 0), lasts: 3*h + 30*m,
			name: "Parade of the Wooden Masks", text: "Not yet announced: the cliques have not agreed on the order.",
			prices: []price{{name: "Tribüne", minor: 2800, in: "Stand *"}}, terms: terms{noDoors: true, draft: true},
		},
	}
}
