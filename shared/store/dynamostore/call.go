package dynamostore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/myevents/myevents/shared/fault"
)

// call makes a call, again with full jitter while that may help, there are attempts left and the context has time for the
// wait. It returns the SDK's own error of an answer, a fault.Unavailable when it gave up, or the context's error.
func call[O any](ctx context.Context, s *Store, what string, do func(context.Context) (O, error)) (O, error) {
	var none O
	var last error
	for attempt := 1; ; attempt++ {
		if err := ctx.Err(); err != nil {
			return none, ended(what, err, last)
		}
		out, err := do(ctx)
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
		if err := s.backoff(ctx, attempt); err != nil {
			return none, ended(what, err, last)
		}
	}
}

// ended is the error of a call whose context ended: the context's, which becomes fault.Unavailable where the time was spent
// on attempts that failed.
func ended(what string, err, last error) error {
	if last == nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return fault.Wrap(fault.Unavailable, what, errors.Join(err, last))
}

// backoff waits before the attempt after the nth.
func (s *Store) backoff(ctx context.Context, n int) error {
	return pause(ctx, min(s.o.longest, s.o.base<<min(n-1, 20)))
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

// temporary are what DynamoDB answers when the same call may succeed later, beside what every service of AWS does. Source:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
var temporary = map[string]struct{}{
	"TransactionConflictException": {}, "InternalServerError": {}, "InternalFailure": {}, "ServiceUnavailable": {},
	"ServiceUnavailableException": {}, "ReplicatedWriteConflictException": {}, "RequestTimeTooSkewed": {},
}

var usual = retry.IsErrorRetryables(append([]retry.IsErrorRetryable{retry.RetryableErrorCode{Codes: temporary}}, retry.DefaultRetryables...))

// passing reports whether an error may pass.
func passing(err error) bool { return usual.IsErrorRetryable(err) == aws.TrueTernary }

// throttled reports whether a call was refused for their number, without an effect.
func throttled(err error) bool {
	return retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}.IsErrorThrottle(err) == aws.TrueTernary
}

// faultOf gives an error of a call its kind; nil stays nil, and a fault stays what it is.
func faultOf(what, table string, err error) error {
	var f *fault.Error
	if err == nil {
		return nil
	}
	if errors.As(err, &f) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var absent *types.ResourceNotFoundException
	if errors.As(err, &absent) {
		return &fault.Error{
			Kind: fault.Unavailable, Code: errAbsent.Code, Cause: err,
			Text: "MYEVENTS_STORE: there is no table " + table + "; deploy or migrate it",
		}
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		switch api.ErrorCode() {
		case "ValidationException", "SerializationException", "RequestEntityTooLarge":
			return fault.Wrap(fault.Invalid, what, err)
		}
	}
	return fault.Wrap(fault.Unavailable, what, err)
}

// refused returns the item as a condition that did not hold found it; false for any other error.
func refused(err error) (map[string]types.AttributeValue, bool) {
	var failed *types.ConditionalCheckFailedException
	if !errors.As(err, &failed) {
		return nil, false
	}
	return failed.Item, true
}

// errAbsent matches the fault of a table that does not exist.
var errAbsent = fault.New(fault.Unavailable, "storeAbsent", "")

var (
	errStale    = fault.New(fault.Stale, "", "somebody changed it meanwhile")
	errNotFound = fault.New(fault.NotFound, "", "there is no such thing")
)

// bad is the error of an item that cannot be read.
func bad(cause error) error { return fault.Wrap(fault.Internal, "a stored item cannot be read", cause) }
