package mongostore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/auth"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"github.com/myevents/myevents/shared/fault"
)

// call makes a call, again with full jitter while that may help, there are attempts left and the context has time for the
// wait: every write of this package may be applied twice. It returns the driver's own error of an answer, a
// fault.Unavailable when it gave up, or the context's error.
func call[O any](ctx context.Context, s *Store, what string, do func(context.Context) (O, error)) (O, error) {
	var none O
	var last error
	for attempt := 1; ; attempt++ {
		if err := ctx.Err(); err != nil {
			return none, ended(what, err, last)
		}
		out, err := once(ctx, s, do)
		if err == nil {
			return out, nil
		}
		if gone := ctx.Err(); gone != nil {
			return none, ended(what, gone, last)
		}
		if !passing(err) {
			return none, err
		}
		if last = err; attempt == s.o.attempts {
			return none, fault.Wrap(fault.Unavailable, what, err)
		}
		if err := pause(ctx, min(s.o.longest, s.o.base<<min(attempt-1, 20))); err != nil {
			return none, ended(what, err, last)
		}
	}
}

// once makes one attempt.
func once[O any](ctx context.Context, s *Store, do func(context.Context) (O, error)) (O, error) {
	s.underWay.RLock()
	defer s.underWay.RUnlock()
	if s.closed {
		var none O
		return none, errClosed
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.timeout)
	defer cancel()
	return do(ctx)
}

// ended is the error of a call whose context ended: the context's, which becomes fault.Unavailable where the time was spent
// on attempts that failed.
func ended(what string, err, last error) error {
	if last == nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return fault.Wrap(fault.Unavailable, what, errors.Join(err, last))
}

// pause waits a random part of a time. It returns an error at once where the context ends before.
func pause(ctx context.Context, most time.Duration) error {
	wait := rand.N(most + 1)
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return context.DeadlineExceeded
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// The codes of MongoDB that this package knows by name. Source:
// https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml
const (
	codeUnauthorized         = 13
	codeAuthenticationFailed = 18
	codeNamespaceExists      = 48
)

// temporary are the codes of answers after which the same call may succeed: an election, a node that goes or comes, a
// conflict of writes, a time that was exceeded, chunks that move.
var temporary = []int{
	6, 7, 89, 9001, // host unreachable, host not found, network timeout, socket exception
	24, 46, 112, // lock timeout, lock busy, write conflict
	50, 262, 64, // time of the command exceeded, time limit exceeded, write concern timeout
	91, 189, 10107, 13435, 13436, 10058, 11600, 11602, // shutdown, stepped down, not primary, interrupted
	133, 134, 43, // no member fits the read preference yet, read concern not available yet, cursor gone
	63, 150, 13388, 202, 11601, // stale shard version, stale epoch, stale config, out of a limit of the network, interrupted
}

// codeTooLarge is of a document that is larger than MongoDB takes. One that became so by what waits in its outbox has
// others, and passes when that is sent.
const codeTooLarge = 10334

// codes returns the codes in a server's answer.
func codes(err error) []int {
	var answer mongo.ServerError
	if errors.As(err, &answer) {
		return answer.ErrorCodes()
	}
	return nil
}

func hasCode(err error, some []int) bool {
	return slices.ContainsFunc(codes(err), func(code int) bool { return slices.Contains(some, code) })
}

// passing reports whether an error may pass.
func passing(err error) bool {
	var f *fault.Error
	if errors.As(err, &f) || denied(err) || tooOld(err) || errors.Is(err, mongo.ErrClientDisconnected) {
		return false
	}
	var labelled mongo.LabeledError
	if errors.As(err, &labelled) && (labelled.HasErrorLabel(driver.RetryableWriteError) || labelled.HasErrorLabel(driver.ErrRetryableError)) {
		return true
	}
	if found := codes(err); len(found) > 0 && found[0] != 0 {
		return hasCode(err, temporary)
	}
	var lost net.Error
	return mongo.IsNetworkError(err) || mongo.IsTimeout(err) || errors.As(err, &lost) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || isPool(err)
}

// isPool reports an error of getting a connection rather than of using it.
func isPool(err error) bool {
	var connection topology.ConnectionError
	var wait topology.WaitQueueTimeoutError
	var selection topology.ServerSelectionError
	return errors.As(err, &connection) || errors.As(err, &wait) || errors.As(err, &selection)
}

// denied reports that the server does not take the user or the password, or not for this.
func denied(err error) bool {
	var refused *auth.Error
	return errors.As(err, &refused) || hasCode(err, []int{codeUnauthorized, codeAuthenticationFailed})
}

// tooOld reports that the driver does not speak with a server of that age; it has no type for that.
func tooOld(err error) bool {
	return strings.Contains(err.Error(), "but this version of the Go driver requires at least")
}

// unreachable reports that there was no server to ask.
func unreachable(err error) bool {
	var selection topology.ServerSelectionError
	return errors.As(err, &selection) || isPool(err) || mongo.IsNetworkError(err) || mongo.IsTimeout(err)
}

// faultOf gives an error of a call its kind; nil stays nil, and a fault stays what it is.
func faultOf(what string, err error) error {
	var f *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &f), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, driver.ErrDocumentTooLarge), hasCode(err, []int{codeTooLarge}):
		return fault.Wrap(fault.Invalid, what+": larger than MongoDB takes", err)
	}
	return fault.Wrap(fault.Unavailable, what, err)
}

var (
	errStale    = fault.New(fault.Stale, "", "somebody changed it meanwhile")
	errNotFound = fault.New(fault.NotFound, "", "there is no such thing")
	errClosed   = fault.New(fault.Unavailable, "", "the store is closed")
)

// bad is the error of a document that cannot be read.
func bad(cause error) error {
	return fault.Wrap(fault.Internal, "a stored document cannot be read", cause)
}

// about says what an error is about.
func about(err error, id string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", id, err)
}
