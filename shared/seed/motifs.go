package seed

import "math"

// motifs draw what stands for a category.
var motifs = map[string]func(*drawing){
	"concert": drawConcert, "carnival": drawCarnival, "circus": drawCircus, "theatre": drawTheatre, "opera": drawOpera,
	"musical": drawMusical, "festival": drawFestival, "sport": drawSport, "conference": drawConference,
	"exhibition": drawExhibition, "other": drawOther,
}

// drawConcert: sound spreads from a point, over bars that dance.
func drawConcert(d *drawing) {
	x, y := d.between(250, 950), d.between(230, 380)
	for i := range 9 {
		d.ring(x, y, 70+float64(i)*75, 14-float64(i), d.ink[i%3], 0.8-float64(i)*0.07)
	}
	d.circle(x, y, 46, d.ink[0], 1)
	phase := d.between(0, 6)
	for i := range 30 {
		h := 60 + 150*math.Abs(math.Sin(float64(i)*0.42+phase))*d.between(0.6, 1)
		d.rect(float64(i)*40+6, artHeight-h, 28, h+20, 14, d.ink[(i/3)%4], 0.9)
	}
}

// drawCarnival: a mask among streamers and confetti.
func drawCarnival(d *drawing) {
	for i := range 5 {
		y, swing := d.between(60, 690), d.between(60, 150)
		points := make([]float64, 0, 62)
		for s := range 31 {
			points = append(points, float64(s)*40, y+swing*math.Sin(float64(s)*0.5+float64(i)))
		}
		d.line(10, d.ink[i%4], 0.5, points...)
	}
	for range 70 {
		x, y, r := d.between(0, artWidth), d.between(0, artHeight), d.between(7, 16)
		d.shape(d.colour(), 0.9, x, y-r, x+r*0.7, y, x, y+r, x-r*0.7, y)
	}
	x, y := d.between(470, 730), 390.0
	for i := range 9 { // feathers
		a := math.Pi * (1.12 + 0.095*float64(i))
		d.shape(d.ink[i%3], 0.95, x+70*math.Cos(a), y-40+70*math.Sin(a), x+330*math.Cos(a-0.05), y-40+300*math.Sin(a-0.05), x+330*math.Cos(a+0.07), y-40+300*math.Sin(a+0.07))
	}
	d.path(d.ink[3], 1, "M%s %sc90 -70 190 -70 250 -10c40 70 10 150 -60 160c-80 10 -140 -60 -190 -60c-50 0 -110 70 -190 60c-70 -10 -100 -90 -60 -160c60 -60 160 -60 250 10z", x, y-20)
	for _, side := range []float64{-1, 1} {
		d.path(d.sky[0], 1, "M%s %sq%s -50 %s 0q%s 50 %s 0z", x+side*60, y+50, side*60, side*120, -side*60, -side*120)
		d.circle(x+side*120, y+112, 8, d.ink[1], 1)
	}
}

// drawCircus: a striped tent below stars.
func drawCircus(d *drawing) {
	for range 26 {
		d.star(d.between(0, artWidth), d.between(20, 420), d.between(5, 15), d.ink[2], 0.85)
	}
	x, top := d.between(480, 720), d.between(130, 190)
	left, right, eaves, ground := x-470, x+470, 430.0, 750.0
	const stripes = 12
	for i := range stripes {
		a, b := float64(i)/stripes, float64(i+1)/stripes
		colour := d.ink[i%2*2]
		d.shape(colour, 1, x, top, left+(right-left)*a, eaves, left+(right-left)*b, eaves)
		inset := 50.0
		d.shape(colour, 0.92, left+inset+(right-left-2*inset)*a, eaves, left+inset+(right-left-2*inset)*b, eaves,
			left+inset+(right-left-2*inset)*b, ground, left+inset+(right-left-2*inset)*a, ground)
		m, w := left+(right-left)*(a+b)/2, (right-left)/stripes/2
		d.path(d.ink[1], 1, "M%s %sa%s %s 0 0 0 %s 0z", m-w, eaves, w, w*0.9, 2*w)
	}
	d.shape(d.sky[0], 1, x, eaves+40, x-95, ground, x+95, ground)
	d.line(8, d.ink[1], 1, x, top, x, top-90)
	d.shape(d.ink[1], 1, x, top-92, x+90, top-68, x, top-44)
}

// drawTheatre: a curtain that is drawn apart, and a spotlight.
func drawTheatre(d *drawing) {
	x := d.between(450, 750)
	d.shape(d.ink[3], 0.16, x-30, 0, x+30, 0, x+240, 690, x-240, 690)
	d.path(d.ink[3], 0.5, "M%s 690a240 40 0 1 0 480 0a240 40 0 1 0 -480 0z", x-240)
	for fold := range 7 { // from the opening to the wall, each over the one before
		edge, bow := float64(7-fold)*64, d.between(10, 30)+float64(6-fold)*14
		d.path(d.ink[fold%2], 1, "M0 0H%sQ%s 380 %s 750H0z", edge, edge+bow, edge-bow*0.7)
		d.path(d.ink[fold%2], 1, "M1200 0H%sQ%s 380 %s 750H1200z", artWidth-edge, artWidth-edge-bow, artWidth-edge+bow*0.7)
	}
	for i := range 8 { // valance
		d.path(d.ink[i%2], 1, "M%s 0h150v60a75 60 0 0 1 -150 0z", float64(i)*150)
		d.path(d.ink[2], 1, "M%s 60a75 60 0 0 0 150 0v10a75 60 0 0 1 -150 0z", float64(i)*150)
	}
	d.rect(0, 705, artWidth, 45, 0, d.sky[0], 1)
	for i := range 12 {
		d.path(d.ink[2], 0.9, "M%s 720a24 24 0 0 1 48 0z", float64(i)*100+26)
	}
}

// drawOpera: arches that lead to a moon.
func drawOpera(d *drawing) {
	x := d.between(480, 720)
	d.circle(x, 330, 130, d.ink[3], 1)
	for range 30 {
		d.circle(d.between(0, artWidth), d.between(0, 500), d.between(1.5, 4), d.ink[2], 0.8)
	}
	for i := range 5 {
		w := 190 + float64(i)*115
		h := 330 + float64(i)*95
		y := artHeight - h
		thick := 24 + float64(i)*5
		fill := d.ink[i%2]
		d.path(fill, 0.55+float64(i)*0.1, "M%s 750V%sa%s %s 0 0 1 %s 0V750h%sV%sa%s %s 0 0 0 %s 0V750z",
			x-w, y+w, w, w, 2*w, -thick, y+w, w-thick, w-thick, -2*(w-thick))
	}
	for i := range 6 {
		d.rect(x-300-float64(i)*70, 640+float64(i)*22, 600+float64(i)*140, 24, 0, d.ink[(i+1)%2], 0.9)
	}
}

// drawMusical: stairs, rays and bulbs.
func drawMusical(d *drawing) {
	x := d.between(450, 750)
	for i := range 14 {
		a, b := math.Pi+math.Pi/14*float64(i), math.Pi+math.Pi/14*(float64(i)+0.5)
		d.shape(d.ink[i%3], 0.35, x, 640, x+1100*math.Cos(a), 640+1100*math.Sin(a), x+1100*math.Cos(b), 640+1100*math.Sin(b))
	}
	for i := range 7 {
		w := 150 + float64(i)*75
		y := 360 + float64(i)*58
		d.rect(x-w, y, 2*w, 60, 4, d.ink[i%2], 1)
		for s := range int(w) / 25 {
			d.circle(x-w+25+float64(s)*50, y+14, 7, d.ink[3], 0.95)
		}
	}
	d.star(x, 235, 110, d.ink[0], 1)
	d.star(x, 235, 66, d.ink[3], 1)
}

// drawFestival: hills, a sun and bunting.
func drawFestival(d *drawing) {
	d.circle(d.between(300, 900), d.between(230, 330), d.between(95, 140), d.ink[3], 0.9)
	for i := range 4 {
		y := 400 + float64(i)*85
		a, b := d.between(-120, 60), d.between(-60, 120)
		d.path(d.ink[i%2], 0.7+float64(i)*0.1, "M0 %sC300 %s 500 %s 700 %sS1050 %s 1200 %sV750H0z", y, y+a, y+b, y+a/2, y+b/2, y-20)
	}
	for i := range 5 {
		x, w := d.between(40, 1100), d.between(45, 80)
		y := 600 + float64(i)*28
		d.shape(d.ink[2], 1, x, y-w*1.3, x+w, y, x-w, y)
		d.shape(d.sky[0], 0.8, x, y-w*0.7, x+w*0.25, y, x-w*0.25, y)
	}
	for row := range 2 {
		y := 50 + float64(row)*70
		for i := range 15 {
			x := float64(i)*84 + float64(row)*40
			sag := 40 * math.Sin(math.Pi*float64(i)/14)
			d.shape([]string{d.ink[2], d.ink[3], d.ink[0]}[i%3], 0.95, x, y+sag, x+56, y+sag, x+28, y+sag+58)
		}
	}
}

// drawSport: the bend of a track, and a ball.
func drawSport(d *drawing) {
	x, y := d.between(120, 320), d.between(820, 920)
	for i := range 8 {
		d.ring(x, y, 300+float64(i)*88, 78, d.ink[2], 0.35+0.06*float64(i%2))
		d.ring(x, y, 261+float64(i)*88, 6, d.ink[0], 0.9)
	}
	bx, by, r := d.between(780, 980), d.between(190, 280), d.between(95, 125)
	for i := range 5 {
		d.circle(bx-float64(5-i)*46, by+float64(5-i)*34, r*(0.35+0.1*float64(i)), d.ink[3], 0.15+0.08*float64(i))
	}
	d.circle(bx, by, r, d.ink[1], 1)
	d.path(d.sky[0], 0.35, "M%s %sa%s %s 0 0 0 %s %sa%s %s 0 0 1 %s %sz", bx-r*0.7, by-r*0.7, r, r, r*1.4, r*1.4, r*1.2, r*1.2, -r*1.4, -r*1.4)
}

// drawConference: points, some of which know each other.
func drawConference(d *drawing) {
	type point struct{ x, y float64 }
	var points []point
	for row := range 6 {
		for col := range 9 {
			points = append(points, point{80 + float64(col)*130 + d.between(-32, 32), 75 + float64(row)*120 + d.between(-28, 28)})
		}
	}
	for i, p := range points {
		for _, q := range points[i+1:] {
			if math.Hypot(p.x-q.x, p.y-q.y) < 165 && d.upTo(3) > 0 {
				d.line(3, d.ink[3], 0.3, p.x, p.y, q.x, q.y)
			}
		}
	}
	for i, p := range points {
		r := d.between(8, 17)
		if d.upTo(7) == 0 {
			r = d.between(30, 52)
			d.ring(p.x, p.y, r+14, 4, d.ink[i%3], 0.6)
		}
		d.circle(p.x, p.y, r, d.ink[d.upTo(4)], 1)
	}
}

// drawExhibition: pictures on a wall.
func drawExhibition(d *drawing) {
	d.rect(0, 640, artWidth, 110, 0, d.ink[0], 0.18)
	for x := 70.0; x < 980; {
		w, h := math.Min(d.between(170, 290), artWidth-60-x), d.between(230, 430)
		y := 330 - h/2 + d.between(-20, 20)
		d.rect(x+10, y+14, w, h, 2, "#000000", 0.15)
		d.rect(x, y, w, h, 2, d.ink[0], 1)
		d.rect(x+14, y+14, w-28, h-28, 0, "#ffffff", 0.95)
		ix, iy, iw, ih := x+34, y+34, w-68, h-68
		first := d.upTo(3)
		switch a, b := d.ink[1+first], d.ink[1+(first+1+d.upTo(2))%3]; d.upTo(3) {
		case 0:
			d.rect(ix, iy, iw, ih, 0, a, 0.9)
			d.circle(ix+iw/2, iy+ih/2, math.Min(iw, ih)*0.36, b, 0.9)
			d.circle(ix+iw/2, iy+ih/2, math.Min(iw, ih)*0.18, d.ink[0], 0.9)
		case 1:
			for i := range 5 {
				d.rect(ix, iy+ih/5*float64(i), iw*d.between(0.4, 1), ih/5-6, 0, d.ink[i%4], 0.9)
			}
		default:
			d.shape(a, 0.9, ix, iy+ih, ix+iw*0.55, iy, ix+iw, iy+ih)
			d.shape(b, 0.9, ix, iy+ih, ix, iy+ih*0.35, ix+iw*0.7, iy+ih)
		}
		x += w + 60
	}
	d.rect(d.between(300, 800), 610, 220, 22, 6, d.ink[0], 0.85)
}

// drawOther: circles that overlap.
func drawOther(d *drawing) {
	for i := range 13 {
		d.circle(d.between(60, 1140), d.between(60, 690), d.between(60, 210), d.ink[i%4], 0.4)
	}
	for i := range 7 {
		d.ring(d.between(100, 1100), d.between(80, 670), d.between(30, 120), 5, d.ink[i%4], 0.8)
	}
}
