package seed

// Person is somebody who acts in the demo. The same address is the same user.
type Person struct {
	Name, Email string
	Staff       bool // of the demo organisation, at the door
}

// Alex is whoever signs in as the demo's attendee.
var Alex = Person{Name: "Alex Attendee", Email: "attendee@demo.example"}

// Organiser is whoever signs in as the demo's organiser; the demo data is made in that name.
var Organiser = Person{Name: "Olga Organiser", Email: "organiser@demo.example"}

// door scans the tickets of those who have come.
var door = Person{Name: "Dora Door", Email: "door@demo.example", Staff: true}

// guests are the others who buy; none of them exists.
func guests() []Person {
	names := [][2]string{
		{"Adaeze Nwosu", "adaeze.nwosu"},
		{"Aino Virtanen", "aino.virtanen"},
		{"Alejandra Quispe Mamani", "alejandra.quispe"},
		{"Amélie Fournier", "amelie.fournier"},
		{"Anders Lindqvist", "anders.lindqvist"},
		{"Ayşe Demirtaş", "ayse.demirtas"},
		{"Bogdan Ionescu", "bogdan.ionescu"},
		{"Camille N’Diaye", "camille.ndiaye"},
		{"Catarina Figueiredo", "catarina.figueiredo"},
		{"Chiamaka Eze", "chiamaka.eze"},
		{"陈雨桐", "chen.yutong"},
		{"Daan van der Meer", "daan.vandermeer"},
		{"Δήμητρα Παπαδάκη", "dimitra.papadaki"},
		{"Eoghan Ó Briain", "eoghan.obriain"},
		{"فاطمة الزهراني", "fatima.alzahrani"},
		{"Fatou Diallo", "fatou.diallo"},
		{"Gergő Szabó", "gergo.szabo"},
		{"Giulia Ferraro", "giulia.ferraro"},
		{"Hana Nováková", "hana.novakova"},
		{"Hildur Sigurðardóttir", "hildur.sigurdardottir"},
		{"יעל בן־דוד", "yael.bendavid"},
		{"Ingrid Solberg", "ingrid.solberg"},
		{"Isabel Ramírez Ortiz", "isabel.ramirez"},
		{"Jakub Wiśniewski", "jakub.wisniewski"},
		{"João Tavares", "joao.tavares"},
		{"กมลชนก ศรีสุข", "kamonchanok.srisuk"},
		{"Katja Zupančič", "katja.zupancic"},
		{"Kwame Mensah", "kwame.mensah"},
		{"Leilani Kealoha", "leilani.kealoha"},
		{"Liisa Tamm", "liisa.tamm"},
		{"ليلى حدّاد", "layla.haddad"},
		{"Mateus Albuquerque", "mateus.albuquerque"},
		{"Meera Krishnan", "meera.krishnan"},
		{"مریم رضایی", "maryam.rezaei"},
		{"Miloš Petrović", "milos.petrovic"},
		{"佐藤 美咲", "misaki.sato"},
		{"محمد عبد الرحمن", "mohamed.abdelrahman"},
		{"Naledi Dlamini", "naledi.dlamini"},
		{"Nguyễn Thị Lan", "lan.nguyen"},
		{"Nia Llywelyn", "nia.llywelyn"},
		{"ნინო ბერიძე", "nino.beridze"},
		{"Олена Коваль", "olena.koval"},
		{"पूजा देशमुख", "pooja.deshmukh"},
		{"Rosalind Ashworth", "rosalind.ashworth"},
		{"Rūta Kazlauskaitė", "ruta.kazlauskaite"},
		{"Salma Benjelloun", "salma.benjelloun"},
		{"김서연", "seoyeon.kim"},
		{"Siobhán Ní Dhónaill", "siobhan.nidhonaill"},
		{"Sofía Lagos", "sofia.lagos"},
		{"Søren Kjær", "soren.kjaer"},
		{"Tāne Parata", "tane.parata"},
		{"高橋 健", "ken.takahashi"},
		{"Tendai Moyo", "tendai.moyo"},
		{"Tomáš Dvořák", "tomas.dvorak"},
		{"Wanjiru Kamau", "wanjiru.kamau"},
		{"Wolfgang Straßer", "wolfgang.strasser"},
		{"Xóchitl Hernández", "xochitl.hernandez"},
		{"Yusuf Al-Sabah", "yusuf.alsabah"},
		{"Željka Kovačić", "zeljka.kovacic"},
		{"Zofia Grabowska", "zofia.grabowska"},
	}
	people := make([]Person, len(names))
	for i, n := range names {
		people[i] = Person{Name: n[0], Email: n[1] + "@guests.example"}
	}
	return people
}
