package outbox

// The sentences of our messages as the packer leaves them: marks where identifiers and times were. What is said most often
// comes last, where a reference to it is shortest. They belong to formOne and are never edited: other sentences would make
// what lies in tables and streams unreadable.
const (
	headCatalog = "{\"specversion\":\"1.0\",\"id\":\"msg_\x01\",\"source\":\"/myevents/catalog\",\"type\":\""
	headBooking = "{\"specversion\":\"1.0\",\"id\":\"msg_\x01\",\"source\":\"/myevents/booking\",\"type\":\""
	traced      = "\",\"time\":\"\x08\",\"traceparent\":\"00-\x06-\x05-01\",\"datacontenttype\":\"application/json\",\"data\":{\""
	content     = "\",\"time\":\"\x08\",\"datacontenttype\":\"application/json\",\"data\":{\""

	words = "concertcarnivalcircusfestivaltheatreEURUSDGBPCHFBRLPTDEGBESFRITUSAmerica/New_YorkEurope/LisbonEurope/LondonEurope/BerlinUTC" +
		"GeneralFloorStandingBalconyStallsVIP"

	state = "eventId\":\"evt_\x02\",\"version\":1,\"organisationId\":\""
	event = state + "demo\",\"status\":\"cancelled\",\"status\":\"published\",\"name\":\"" +
		"\",\"category\":\"\",\"locationId\":\"loc_\x01\",\"hallId\":\"hal_\x01\",\"startsAt\":\"\x07\",\"endsAt\":\"\x07\",\"doorsAt\":\"\x07\"," +
		"\"timeZone\":\"\",\"onSaleFrom\":\"\x07\",\"onSaleUntil\":\"\x07\",\"perPerson\":10,\"cancelUntil\":\"\x07\",\"rescheduledAt\":\"\x08\"," +
		"\"cancelReason\":\"\",\"location\":{\"name\":\"\",\"address\":\"\",\"city\":\"\",\"region\":\"\",\"country\":\"US\",\"hallName\":\"\"," +
		"\"latitude\":4\",\"longitude\":-7},\"ticketTypes\":[{\"id\":\"tkt_\x01\",\"name\":\"\",\"price\":{\"amount\":4500,\"currency\":\"EUR\"}," +
		"\"sectionIds\":[\"sec_\x01\",\"sec_\x01\"],\"perPerson\":0,\"salesFrom\":\"\x07\",\"salesUntil\":\"\x07\"}]," +
		"\"layout\":[{\"id\":\"sec_\x02\",\"name\":\"\",\"kind\":\"standing\",\"capacity\":1000}," +
		"{\"id\":\"sec_\x02\",\"name\":\"\",\"kind\":\"seated\",\"rows\":[{\"label\":\"A\",\"seats\":20,\"accessible\":[1,2,20]}," +
		"{\"label\":\"B\",\"seats\":20},{\"label\":\"1\",\"seats\":20}]}]}}\x00"

	location = "locationId\":\"loc_\x02\",\"version\":1,\"timeZone\":\"\",\"place\":{\"name\":\""

	checkIn      = "bookingId\":\"bkg_\x04\",\"eventId\":\"evt_\x01\",\"ticketId\":\"tic_\x0400\",\"at\":\"\x08\"}}\x00"
	availability = "eventId\":\"evt_\x02\",\"asOf\":\"\x08\",\"sections\":[{\"sectionId\":\"sec_\x01\",\"total\":100,\"sold\":0,\"left\":100}," +
		"{\"sectionId\":\"sec_\x01\",\"total\":1000,\"sold\":10,\"left\":1000}]}}\x00"
	part      = "eventId\":\"evt_\x02\",\"part\":0,\"parts\":16}}\x00"
	cancelled = "bookingId\":\"bkg_\x04\",\"eventId\":\"evt_\x01\",\"userId\":\"usr_\x02\",\"version\":3,\"ticketIds\":[\"tic_\x0400\",\"tic_\x0401\"]}}\x00"
	booked    = "bookingId\":\"bkg_\x04\",\"eventId\":\"evt_\x01\",\"userId\":\"usr_\x02\",\"version\":"

	dictionary = words +
		headCatalog + "location.changed.v1\",\"subject\":\"loc_\x01" + content + location +
		headCatalog + "event.rescheduled.v1\",\"subject\":\"evt_\x01" + traced + state +
		headCatalog + "event.cancelled.v1\",\"subject\":\"evt_\x01" + content + state +
		headCatalog + "event.changed.v1\",\"subject\":\"evt_\x01" + content + state +
		headCatalog + "event.published.v1\",\"subject\":\"evt_\x01" + content + event +
		headBooking + "event.cancellation-due.v1\",\"subject\":\"evt_\x01" + content + part +
		headBooking + "event.availability.v1\",\"subject\":\"evt_\x01" + content + availability +
		headBooking + "ticket.checked-in.v1\",\"subject\":\"bkg_\x03" + content + checkIn +
		headBooking + "booking.cancelled.v1\",\"subject\":\"bkg_\x03" + traced + cancelled +
		headBooking + "booking.cancelled.v1\",\"subject\":\"bkg_\x03" + content + cancelled +
		headBooking + "booking.confirmed.v1\",\"subject\":\"bkg_\x03" + traced + booked +
		headBooking + "booking.recorded.v1\",\"subject\":\"bkg_\x03" + traced + booked +
		headBooking + "booking.confirmed.v1\",\"subject\":\"bkg_\x03" + content + booked + "2}}\x00" +
		headBooking + "booking.recorded.v1\",\"subject\":\"bkg_\x03" + content + booked + "1}}\x00"
)
