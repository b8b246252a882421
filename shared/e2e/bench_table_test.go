package e2e_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// rounds is how often each thing is measured; what is printed are medians.
const rounds = 7

// measurements is the document that a whole run writes its tables into, each between two marks.
const (
	measurements  = "../../docs/performance.md"
	tableBegins   = "<!-- make bench UPDATE=1 writes from here -->\n"
	adapterBegins = "<!-- make bench PART=adapters UPDATE=1 writes from here -->\n"
	tableEnds     = "<!-- to here -->\n"
)

var update = flag.Bool("update", false, "write the table of the measurements into docs/performance.md")

// part is what is measured together.
type part struct {
	name    string
	measure func(*testing.B, *table)
}

// BenchmarkSideBySide prints the tables of everything that docs/performance.md promises, measured in one run. Run it with
// -benchtime 1x, on a machine that does nothing else: who waits for each fsync alone suffers more from others than a crowd
// that shares them, so that company flatters the ratios of crowds.
func BenchmarkSideBySide(b *testing.B) {
	if b.N > 1 {
		b.Fatal("measures for minutes: run it with -benchtime 1x")
	}
	sideBySide(b, tableBegins, part{"store", benchStore}, part{"sizes", benchSizes}, part{"search", benchSearch}, part{"http", benchHTTP},
		part{"age", benchAge}, part{"lambda", benchLambda})
	sideBySide(b, adapterBegins, part{"adapters", benchAdapters})
}

// sideBySide measures those parts of a table that were asked for, prints it, and writes it into the document where it is whole.
func sideBySide(b *testing.B, begins string, parts ...part) {
	b.Helper()
	t := table{began: time.Now(), busy: loadAverage()}
	asked, done := 0, 0
	for _, part := range parts {
		b.Run(part.name, func(b *testing.B) {
			asked++
			part.measure(b, &t)
			done++
		})
	}
	if asked == 0 {
		return
	}
	fmt.Printf("\n%s\n", t.text())
	switch {
	case !*update:
	case b.Failed() || done < len(parts):
		b.Error("docs/performance.md keeps its table: this run was not whole")
	default:
		if err := t.replace(measurements, begins); err != nil {
			b.Error(err)
		}
	}
}

// table collects what was measured.
type table struct {
	began time.Time
	busy  string // how busy the machine was before
	rows  []string
	met   int
	aims  int
}

// limit is what a ratio should be: no less than atLeast, no more than atMost; 0: no aim.
type limit struct {
	atLeast, atMost float64
	what            string
}

var noAim = limit{}

func (l limit) String() string {
	switch {
	case l.atLeast > 0:
		return strings.TrimSpace(fmt.Sprintf("≥ %g × %s", l.atLeast, l.what))
	case l.atMost > 0:
		return strings.TrimSpace(fmt.Sprintf("≤ %g × %s", l.atMost, l.what))
	}
	return ""
}

// row adds a measurement; ratio 0 where there is nothing to compare it with.
func (t *table) row(what, measured, against string, ratio float64, aim limit) {
	text, verdict := "", ""
	if ratio > 0 {
		text = fmt.Sprintf("%.2f", ratio)
	}
	if aim != noAim {
		t.aims++
		verdict = "**no**"
		if ratio >= aim.atLeast && (aim.atMost == 0 || ratio <= aim.atMost) {
			t.met++
			verdict = "yes"
		}
	}
	t.rows = append(t.rows, fmt.Sprintf("| %s | %s | %s | %s | %s | %s |", what, measured, against, text, aim, verdict))
}

// text is the table with what it was measured on.
func (t *table) text() string {
	return fmt.Sprintf("Measured on %s in %v; %s, %d cores, %s; load average before: %s. Aims met: %d of %d.\n\n"+
		"| What | Measured | Against | Ratio | Aim | Met |\n|---|---:|---:|---:|---:|---|\n%s\n",
		t.began.UTC().Format(time.DateOnly), time.Since(t.began).Round(time.Second), processor(), runtime.NumCPU(), runtime.Version(), t.busy,
		t.met, t.aims, strings.Join(t.rows, "\n"))
}

// replace puts the table between its marks in a document.
func (t *table) replace(file, mark string) error {
	doc, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, begins := strings.Cut(string(doc), mark)
	_, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		return fmt.Errorf("%s: the marks of the table are missing", file)
	}
	return os.WriteFile(file, []byte(before+mark+"\n"+t.text()+"\n"+tableEnds+after), 0o644)
}

// loadAverage is how many threads ran or waited in the last minute: the figures of a busy machine are not its own.
func loadAverage() string {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := bytes.Cut(text, []byte(" "))
	return cmp.Or(string(first), "unknown")
}

// processor names the machine's, as far as the system tells.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	if _, rest, ok := strings.Cut(string(text), "model name"); ok {
		line, _, _ := strings.Cut(rest, "\n")
		return strings.TrimSpace(strings.TrimLeft(line, "\t :"))
	}
	name, _ := exec.Command("uname", "-m").Output()
	return cmp.Or(strings.TrimSpace(string(name)), runtime.GOARCH)
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
