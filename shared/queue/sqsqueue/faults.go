package sqsqueue

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/aws/smithy-go"

	"github.com/myevents/myevents/shared/fault"
)

// Codes of SQS and SNS. Sources: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html,
// https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
var (
	absentCodes = []string{"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "NotFound", "NotFoundException"}
	badCodes    = []string{
		"InvalidMessageContents", "InvalidParameterValue", "InvalidParameter", "InvalidAttributeValue",
		"BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong", "ParameterValueInvalid",
	}
	lostCodes = []string{"ReceiptHandleIsInvalid", "MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight"}
)

// faultOf turns an error of the SDK into one of ours; nil stays nil. resource is the queue or topic that was meant.
func faultOf(what, resource string, err error) error {
	if err == nil {
		return nil
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		switch {
		case slices.Contains(absentCodes, api.ErrorCode()):
			return &fault.Error{
				Kind: fault.Unavailable, Code: errAbsent.Code, Cause: err,
				Text: "MYEVENTS_QUEUE: there is no " + resource + "; deploy or migrate it",
			}
		case slices.Contains(badCodes, api.ErrorCode()):
			return fault.Wrap(fault.Invalid, what, err)
		}
	}
	return fault.Wrap(fault.Unavailable, what, err)
}

// errAbsent matches the fault of a queue or topic that does not exist.
var errAbsent = fault.New(fault.Unavailable, "queueAbsent", "")

// refusal is one entry's failure in a batch that was answered.
type refusal struct {
	id     string // of the entry
	code   string
	text   string
	sender bool // it is ours, by what the service says
}

func (r refusal) fault(what string) error {
	kind := fault.Unavailable
	if slices.Contains(badCodes, r.code) {
		kind = fault.Invalid
	}
	return fault.Wrap(kind, what, fmt.Errorf("%s: %s", r.code, r.text))
}

// hopeless reports whether the same entry will be refused again.
func (r refusal) hopeless() bool {
	return slices.Contains(badCodes, r.code) || slices.Contains(lostCodes, r.code) ||
		r.sender && !strings.Contains(r.code, "Throttl")
}

// How often and how soon the entries of a batch that failed alone are sent again.
const (
	entryRounds  = 6
	entryBackoff = 50 * time.Millisecond
	entryMax     = 2 * time.Second
)

// batch calls with the numbers of what is to be done, again for those that were refused, until nothing is, nothing helps
// or ctx ends. It returns one error for each of n. call names entries by entryID.
func batch(ctx context.Context, what, resource string, n int, call func(ctx context.Context, at []int) ([]refusal, error)) []error {
	errs := make([]error, n)
	todo := make([]int, n)
	for i := range todo {
		todo[i] = i
	}
	for round := 0; ; round++ {
		refused, err := call(ctx, todo)
		if err != nil { // the SDK has tried it again
			for _, i := range todo {
				errs[i] = faultOf(what, resource, err)
			}
			return errs
		}
		for _, i := range todo {
			errs[i] = nil
		}
		var again []int
		for _, r := range refused {
			i := entryAt(r.id)
			if i < 0 || i >= n {
				continue
			}
			errs[i] = r.fault(what)
			if !r.hopeless() {
				again = append(again, i)
			}
		}
		if todo = again; len(todo) == 0 || round == entryRounds-1 {
			return errs
		}
		select {
		case <-time.After(rand.N(min(entryMax, entryBackoff<<round))):
		case <-ctx.Done():
			return errs
		}
	}
}

// join makes one error of a batch's: fault.Unavailable where trying again helps any of them, else fault.Invalid.
func join(errs []error) error {
	var first, bad error
	n := 0
	for _, err := range errs {
		if err == nil {
			continue
		}
		n++
		switch invalid := fault.Is(err, fault.Invalid); {
		case invalid && bad == nil:
			bad = err
		case !invalid && first == nil:
			first = err
		}
	}
	switch {
	case n == 0:
		return nil
	case first == nil:
		first = bad
	}
	if n == 1 {
		return first
	}
	return fault.Wrap(fault.KindOf(first), fmt.Sprintf("%d of %d failed", n, len(errs)), first)
}
