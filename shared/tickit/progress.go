package tickit

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows how far the import is. It is safe for concurrent use.
type progress interface {
	step(n int)
	done(whole bool)
}

func newProgress(w io.Writer, total int) progress {
	if w == nil {
		return &lines{w: io.Discard, total: total}
	}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return bar{w, progressbar.NewOptions(total, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("tickit"),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("rows"),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(30), progressbar.OptionSetPredictTime(true))}
	}
	return &lines{w: w, total: total}
}

type bar struct {
	w io.Writer
	*progressbar.ProgressBar
}

// A terminal that cannot be written to is no reason to stop.
func (b bar) step(n int) { _ = b.Add(n) }

func (b bar) done(whole bool) {
	if whole {
		_ = b.Finish()
	} else {
		_ = b.Exit() // leaves the bar where it is
	}
	_, _ = fmt.Fprintln(b.w)
}

// lines writes a line at every tenth.
type lines struct {
	mu          sync.Mutex
	w           io.Writer
	total, made int
}

func (l *lines) step(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.tenth()
	l.made += n
	if now := l.tenth(); now > was {
		_, _ = fmt.Fprintf(l.w, "tickit: %d of %d rows, %d %%\n", l.made, l.total, now*10)
	}
}

func (l *lines) tenth() int { return l.made * 10 / max(l.total, 1) }

func (l *lines) done(bool) {}
