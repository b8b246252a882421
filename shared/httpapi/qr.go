package httpapi

import (
	"bytes"
	"fmt"
	"strconv"

	"rsc.io/qr"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
)

const svgType = "image/svg+xml"

// quiet is the white border that scanners need, in modules (ISO/IEC 18004).
const quiet = 4

// qrFile draws a ticket's code. A ticket without one (cancelled, or another's) has no such file.
func qrFile(t booking.TicketDetails) (*file, error) {
	if t.Code == "" {
		return nil, fault.New(fault.NotFound, "", "this ticket has no code")
	}
	code, err := qr.Encode(t.Code, qr.M)
	if err != nil {
		return nil, fmt.Errorf("draw code: %w", err)
	}
	return &file{ContentType: svgType, Body: svg(code)}, nil
}

// svg draws black modules on white in both themes: scanners want dark on light. One path; each run of modules in a row is
// one rectangle.
func svg(code *qr.Code) []byte {
	var b bytes.Buffer
	side := strconv.Itoa(code.Size + 2*quiet)
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ` + side + ` ` + side +
		`" width="320" height="320" role="img" aria-label="QR code" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h` +
		side + `v` + side + `H0z"/><path d="`)
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if n := x - from; n > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, n, n)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return b.Bytes()
}
