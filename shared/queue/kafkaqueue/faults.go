package kafkaqueue

import (
	"errors"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/myevents/myevents/shared/fault"
)

// errAbsent matches the fault of a topic that does not exist.
var errAbsent = fault.New(fault.Unavailable, "queueAbsent", "")

// faultOf gives an error of the client its kind; nil stays nil. topic is what it is about, if it is about one.
func faultOf(what, topic string, err error) error {
	unavailable := func(code, text string) error {
		return &fault.Error{Kind: fault.Unavailable, Code: code, Text: "MYEVENTS_QUEUE: " + text, Cause: err}
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, kerr.MessageTooLarge), errors.Is(err, kerr.RecordListTooLarge), errors.Is(err, kerr.InvalidRecord):
		return fault.Wrap(fault.Invalid, what, err)
	case topic != "" && errors.Is(err, kerr.UnknownTopicOrPartition):
		return unavailable(errAbsent.Code, "there is no topic "+topic+"; migrate it")
	case refused(err):
		return unavailable("queueForbidden", "the broker does not take the user and password, or the mechanism (sasl=)")
	case errors.Is(err, kerr.TopicAuthorizationFailed), errors.Is(err, kerr.GroupAuthorizationFailed),
		errors.Is(err, kerr.ClusterAuthorizationFailed):
		return unavailable("queueForbidden", "the user may not "+what)
	}
	return fault.Wrap(fault.Unavailable, what, err)
}

// refused reports whether a broker refused the credentials.
func refused(err error) bool {
	return errors.Is(err, kerr.SaslAuthenticationFailed) || errors.Is(err, kerr.UnsupportedSaslMechanism) ||
		errors.Is(err, kerr.IllegalSaslState) || strings.Contains(err.Error(), "SASL")
}
