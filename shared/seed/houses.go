package seed

import "github.com/myevents/myevents/shared/apiclient"

// houses are the places; none of them exists.
func houses() []house {
	halls := func(h ...apiclient.Hall) []apiclient.Hall { return h }
	return []house{
		{
			"lindenhof", "Lindenhof Konzerthaus", "Lindengasse 12", "Vienna", "", "AT", 48.202, 16.366, "Europe/Vienna", "EUR",
			halls(theatre("Großer Saal", 22, 24), theatre("Kleiner Saal", 10, 12)),
		},
		{
			"kesselhaus", "Kesselhaus an der Spree", "Uferweg 7", "Berlin", "", "DE", 52.511, 13.448, "Europe/Berlin", "EUR",
			halls(club("Kesselraum", 850, 4, 22), club("Kohlenkeller", 180, 2, 10)),
		},
		{
			"hafenforum", "Hafenforum", "Am Kaispeicher 3", "Hamburg", "", "DE", 53.541, 9.99, "Europe/Berlin", "EUR",
			halls(arena("Arena", 2600, 20, 16, 12)),
		},
		{
			"copper-lantern", "The Copper Lantern", "41 Tanner's Yard", "London", "", "GB", 51.503, -0.083, "Europe/London", "GBP",
			halls(club("Main Room", 520, 3, 16)),
		},
		{
			"marronniers", "Théâtre des Marronniers", "8 passage des Marronniers", "Paris", "", "FR", 48.869, 2.345, "Europe/Paris", "EUR",
			halls(theatre("Grande salle", 16, 18), theatre("Petite salle", 8, 10)),
		},
		{
			"glicini", "Arena dei Glicini", "Via dei Glicini 1", "Verona", "", "IT", 45.44, 10.99, "Europe/Rome", "EUR",
			halls(amphitheatre("Cavea", 34, 36)),
		},
		{
			"levante", "Plaza del Levante", "Paseo del Levante s/n", "Cádiz", "", "ES", 36.529, -6.29, "Europe/Madrid", "EUR",
			halls(parade("Recorrido", 4, 6, 3000), theatre("Teatro del Levante", 14, 16)),
		},
		{
			"garcas", "Passarela das Garças", "Avenida das Garças 500", "Rio de Janeiro", "", "BR", -22.911, -43.196, "America/Sao_Paulo", "BRL",
			halls(parade("Passarela", 12, 14, 6000)),
		},
		{
			"scarlet-savannah", "Scarlet Savannah", "2 Savannah Circular", "Port of Spain", "", "TT", 10.664, -61.513, "America/Port_of_Spain", "TTD",
			halls(parade("Parade Ground", 6, 10, 5000)),
		},
		{
			"magnolia", "Magnolia Avenue Route", "1200 Magnolia Avenue", "New Orleans", "LA", "US", 29.94, -90.09, "America/Chicago", "USD",
			halls(parade("Avenue", 8, 8, 4000), club("Back Porch", 300, 2, 12)),
		},
		{
			"prairie-steel", "Prairie Steel Arena", "77 Foundry Street", "Chicago", "IL", "US", 41.886, -87.66, "America/Chicago", "USD",
			halls(arena("Bowl", 1800, 24, 18, 14)),
		},
		{
			"chapiteau-canal", "Chapiteau du Canal", "300 chemin du Canal", "Montréal", "QC", "CA", 45.487, -73.561, "America/Toronto", "CAD",
			halls(bigTop("Grand chapiteau", 10, 14)),
		},
		{
			"jacaranda", "Foro Jacaranda", "Calle Jacaranda 95", "Mexico City", "", "MX", 19.415, -99.165, "America/Mexico_City", "MXN",
			halls(club("Sala Mayor", 1400, 5, 30)),
		},
		{
			"ombu", "Teatro del Ombú", "Calle del Ombú 1810", "Buenos Aires", "", "AR", -34.6, -58.387, "America/Argentina/Buenos_Aires", "ARS",
			halls(theatre("Sala principal", 18, 20)),
		},
		{
			"caiman", "Vía del Caimán", "Vía 40 del Caimán", "Barranquilla", "", "CO", 11.0, -74.79, "America/Bogota", "COP",
			halls(parade("Vía", 9, 9, 8000)),
		},
		{
			"cordillera", "Polideportivo Cordillera", "Avenida Cordillera 2200", "Santiago", "", "CL", -33.45, -70.66, "America/Santiago", "CLP",
			halls(sportsHall("Cancha central", 20, 40, 24)),
		},
		{
			"sumire", "Sumire Hall", "3-8-1 Sumirecho", "Tokyo", "", "JP", 35.69, 139.7, "Asia/Tokyo", "JPY",
			halls(theatre("Main Hall", 24, 22), club("Studio", 260, 2, 12)),
		},
		{
			"minato", "Minato Big Top", "1-2 Minato Futo", "Osaka", "", "JP", 34.654, 135.432, "Asia/Tokyo", "JPY",
			halls(bigTop("Big Top", 8, 12)),
		},
		{
			"han-river", "Han River Lights", "215 Gangbyeon-ro", "Seoul", "", "KR", 37.532, 126.99, "Asia/Seoul", "KRW",
			halls(arena("Arena", 3000, 20, 18, 14)),
		},
		{
			"monsoon", "Monsoon Hall", "14 Causeway Road", "Mumbai", "", "IN", 19.06, 72.84, "Asia/Kolkata", "INR",
			halls(theatre("Auditorium", 20, 26)),
		},
		{
			"lotus", "Lotus Pavilion", "88 Klong Side", "Bangkok", "", "TH", 13.745, 100.53, "Asia/Bangkok", "THB",
			halls(bigTop("Pavilion", 6, 10)),
		},
		{
			"orchid", "Orchid Exchange", "9 Raintree Link", "Singapore", "", "SG", 1.29, 103.855, "Asia/Singapore", "SGD",
			halls(plenary("Raintree Plenary", 40, 36), gallery("Hall of Tides", 900)),
		},
		{
			"wattle", "Wattle Quay Theatre", "5 Wattle Quay", "Sydney", "", "AU", -33.862, 151.206, "Australia/Sydney", "AUD",
			halls(theatre("Playhouse", 18, 22)),
		},
		{
			"pohutukawa", "Pōhutukawa Centre", "60 Harbour Rise", "Auckland", "", "NZ", -36.845, 174.765, "Pacific/Auckland", "NZD",
			halls(plenary("Forum", 24, 28), gallery("Long Gallery", 350)),
		},
		{
			"fynbos", "Fynbos Amphitheatre", "Contour Path 1", "Cape Town", "", "ZA", -33.94, 18.43, "Africa/Johannesburg", "ZAR",
			halls(amphitheatre("Bowl", 22, 30), parade("Bay Road", 4, 6, 3500)),
		},
		{
			"acacia", "Acacia Grounds", "Ridge Road 19", "Nairobi", "", "KE", -1.3, 36.79, "Africa/Nairobi", "KES",
			halls(field("Grounds", 9000, 1000, 12)),
		},
		{
			"lagoon", "Lagoon Stage", "22 Breeze Close", "Lagos", "", "NG", 6.43, 3.42, "Africa/Lagos", "NGN",
			halls(club("Stage", 2200, 6, 40)),
		},
		{
			"papyrus", "Papyrus Garden Theatre", "7 Garden Corniche", "Cairo", "", "EG", 30.045, 31.23, "Africa/Cairo", "EGP",
			halls(amphitheatre("Garden", 18, 22)),
		},
		{
			"dhow", "Dhow Harbour Hall", "Harbour Street 4", "Kuwait City", "", "KW", 29.385, 47.99, "Asia/Kuwait", "KWD",
			halls(theatre("Hall", 15, 20)),
		},
		{
			"saffron", "Saffron Dome", "Creek Promenade 10", "Dubai", "", "AE", 25.23, 55.32, "Asia/Dubai", "AED",
			halls(bigTop("Dome", 12, 16)),
		},
		{
			"kirlangic", "Kırlangıç Sahnesi", "Kırlangıç Sokağı 6", "Istanbul", "", "TR", 41.03, 28.98, "Europe/Istanbul", "TRY",
			halls(theatre("Büyük Sahne", 14, 18)),
		},
		{
			"bjork", "Björkhallen", "Björkvägen 21", "Stockholm", "", "SE", 59.31, 18.08, "Europe/Stockholm", "SEK",
			halls(club("Stora scenen", 1100, 5, 26)),
		},
		{
			"havnen", "Cirkus Havnen", "Tovværksgade 2", "Copenhagen", "", "DK", 55.69, 12.6, "Europe/Copenhagen", "DKK",
			halls(bigTop("Teltet", 8, 12)),
		},
		{
			"hraun", "Hraunhöllin", "Hraunbraut 15", "Reykjavík", "", "IS", 64.145, -21.93, "Atlantic/Reykjavik", "ISK",
			halls(club("Salurinn", 400, 4, 18)),
		},
		{
			"jaskolka", "Teatr Pod Jaskółką", "ulica Jaskółcza 9", "Kraków", "", "PL", 50.062, 19.94, "Europe/Warsaw", "PLN",
			halls(theatre("Scena Duża", 14, 16)),
		},
		{
			"zahrada", "Šapitó Zahrada", "Zahradní nábřeží 4", "Prague", "", "CZ", 50.1, 14.42, "Europe/Prague", "CZK",
			halls(bigTop("Velké šapitó", 8, 10)),
		},
		{
			"trommelgasse", "Trommelgasse", "Trommelgasse 30", "Basel", "", "CH", 47.56, 7.59, "Europe/Zurich", "CHF",
			halls(parade("Route", 4, 5, 2500)),
		},
		{
			"kranen", "De Kranen", "Kranenkade 100", "Rotterdam", "", "NL", 51.906, 4.487, "Europe/Amsterdam", "EUR",
			halls(gallery("Loods 1", 1200), field("Kade", 7000, 1500, 8)),
		},
		{
			"ribeira", "Coliseu da Ribeira", "Rua da Ribeira Velha 55", "Lisbon", "", "PT", 38.709, -9.14, "Europe/Lisbon", "EUR",
			halls(theatre("Coliseu", 20, 26)),
		},
		{
			"insonia", "Teatro Insónia", "Travessa da Insónia 24", "Lisbon", "", "PT", 38.713, -9.142, "Europe/Lisbon", "EUR",
			halls(hall("Sala das Velas", seated("Stalls", curve(7, 8, 1, letter)), standing("Gallery", 40)),
				hall("Oficina", seated("Benches", curve(6, 8, 0, number)))),
		},
		{
			"liffey", "The Liffey Rooms", "3 Ropewalk Lane", "Dublin", "", "IE", 53.346, -6.265, "Europe/Dublin", "EUR",
			halls(club("Upstairs", 150, 2, 14)),
		},
	}
}
