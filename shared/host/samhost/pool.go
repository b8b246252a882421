package samhost

import (
	"context"
	"errors"
	"sync"
	"time"
)

// pool is the environments of one function.
type pool struct {
	host     *Host
	function Function
	room     chan struct{} // one for each environment that may work

	mu     sync.Mutex
	idle   []*environment
	all    map[*environment]bool
	closed bool
}

func newPool(h *Host, f Function) *pool {
	return &pool{host: h, function: f, room: make(chan struct{}, f.Concurrency), all: map[*environment]bool{}}
}

var errClosed = errors.New("the host is closed")

// invoke takes an idle environment, or starts one where there is room, or waits.
func (p *pool) invoke(ctx context.Context, payload []byte) ([]byte, error) {
	select {
	case p.room <- struct{}{}:
	case <-ctx.Done():
		return nil, ErrBusy
	}
	defer func() { <-p.room }()
	for {
		e, err := p.take()
		if err != nil {
			return nil, err
		}
		answer, err := e.invoke(payload, p.function.Timeout)
		p.give(e)
		if !errors.Is(err, errNotDelivered) {
			return answer, err
		}
	}
}

// take returns an environment that waits for an invocation.
func (p *pool) take() (*environment, error) {
	for {
		p.mu.Lock()
		if p.closed {
			p.mu.Unlock()
			return nil, errClosed
		}
		n := len(p.idle)
		if n == 0 {
			p.mu.Unlock()
			return p.start()
		}
		e := p.idle[n-1] // the one used last, as Lambda prefers too
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		if e.alive() {
			return e, nil
		}
		p.forget(e)
	}
}

func (p *pool) start() (*environment, error) {
	began := time.Now()
	e, err := startEnvironment(p.function, p.host.line)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.all[e] = true
	closed := p.closed
	p.mu.Unlock()
	if closed {
		e.stop()
		return nil, errClosed
	}
	if err := e.ready(); err != nil {
		p.forget(e)
		return nil, err
	}
	if p.host.observe.Started != nil {
		p.host.observe.Started(p.function.Name, time.Since(began))
	}
	return e, nil
}

// give takes an environment back, if it still lives.
func (p *pool) give(e *environment) {
	if !e.alive() {
		p.forget(e)
		return
	}
	p.mu.Lock()
	closed := p.closed
	if !closed {
		p.idle = append(p.idle, e)
	}
	p.mu.Unlock()
	if closed {
		p.forget(e)
	}
}

func (p *pool) forget(e *environment) {
	e.stop()
	p.mu.Lock()
	delete(p.all, e)
	p.mu.Unlock()
}

// environments are those that there are now.
func (p *pool) environments() (all []*environment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for e := range p.all {
		all = append(all, e)
	}
	return all
}

func (p *pool) kill() int {
	all := p.environments()
	for _, e := range all {
		e.stop()
	}
	return len(all)
}

func (p *pool) processes() (pids []int) {
	for _, e := range p.environments() {
		pids = append(pids, e.cmd.Process.Pid)
	}
	return pids
}

func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.kill()
}
