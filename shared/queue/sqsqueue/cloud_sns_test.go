package sqsqueue_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// member is an entry of SNS's replies.
type member struct {
	ID          string `xml:"Id"`
	MessageID   string `xml:"MessageId,omitempty"`
	Code        string `xml:",omitempty"`
	Message     string `xml:",omitempty"`
	SenderFault bool
}

func (c *cloud) sns(r *http.Request, body []byte) (*http.Response, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	action, topic := form.Get("Action"), form.Get("TopicArn")
	made := call{action: action, queue: topic}
	const entries = "PublishBatchRequestEntries.member."
	for form.Has(fmt.Sprintf("%s%d.Id", entries, made.entries+1)) {
		made.entries++
		made.bytes += len(form.Get(fmt.Sprintf("%s%d.Message", entries, made.entries)))
	}
	lose, err := c.note(made)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	result := ""
	switch action {
	case "CreateTopic":
		arn := "arn:aws:sns:eu-west-1:000000000000:" + form.Get("Name")
		c.topics[arn] = append(c.topics[arn], nil)[:len(c.topics[arn])]
		result = "<TopicArn>" + arn + "</TopicArn>"
	case "Subscribe":
		s := &subscription{endpoint: form.Get("Endpoint")}
		for i := 1; form.Has(fmt.Sprintf("Attributes.entry.%d.key", i)); i++ {
			key, value := form.Get(fmt.Sprintf("Attributes.entry.%d.key", i)), form.Get(fmt.Sprintf("Attributes.entry.%d.value", i))
			s.set(key, value)
		}
		c.topics[topic] = append(c.topics[topic], s)
		result = "<SubscriptionArn>" + topic + ":1</SubscriptionArn>"
	case "PublishBatch":
		if _, known := c.topics[topic]; !known {
			return snsReply(r, http.StatusNotFound, "<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code><Message>no</Message></Error></ErrorResponse>")
		}
		var done, failed []member
		for i := range made.entries {
			at := fmt.Sprintf("%s%d.", entries, i+1)
			m := member{ID: form.Get(at + "Id"), MessageID: fmt.Sprint("sns-", c.made)}
			if c.refuse != nil {
				if code, sender := c.refuse(made, m.ID, form.Get(at+"Message")); code != "" {
					failed = append(failed, member{ID: m.ID, Code: code, SenderFault: sender})
					continue
				}
			}
			c.fan(topic, form, at)
			done = append(done, m)
		}
		result = "<Successful>" + members(done) + "</Successful><Failed>" + members(failed) + "</Failed>"
	}
	if lose {
		return nil, errors.New("read: connection reset by peer")
	}
	return snsReply(r, http.StatusOK, fmt.Sprintf("<%sResponse><%sResult>%s</%sResult></%sResponse>", action, action, result, action, action))
}

func (s *subscription) set(key, value string) {
	switch key {
	case "RawMessageDelivery":
		s.raw = value == "true"
	case "FilterPolicy":
		var policy struct {
			Type []string `json:"type"`
		}
		if json.Unmarshal([]byte(value), &policy) == nil {
			s.types = policy.Type
		}
	}
}

// fan copies an entry to the queues that are subscribed. The caller holds the lock.
func (c *cloud) fan(topic string, form url.Values, at string) {
	attrs := map[string]attribute{}
	for i := 1; form.Has(fmt.Sprintf("%sMessageAttributes.entry.%d.Name", at, i)); i++ {
		entry := fmt.Sprintf("%sMessageAttributes.entry.%d.", at, i)
		attrs[form.Get(entry+"Name")] = attribute{form.Get(entry + "Value.DataType"), form.Get(entry + "Value.StringValue")}
	}
	for _, s := range c.topics[topic] {
		if len(s.types) > 0 && !slices.Contains(s.types, attrs["type"].StringValue) {
			continue
		}
		body := form.Get(at + "Message")
		if !s.raw {
			body = `{"Type":"Notification"}`
		}
		c.put(c.queues[s.endpoint[strings.LastIndexByte(s.endpoint, ':')+1:]], body, attrs, 0)
	}
}

func members(all []member) string {
	var text strings.Builder
	for _, m := range all {
		b, err := xml.Marshal(struct {
			XMLName xml.Name `xml:"member"`
			member
		}{member: m})
		if err != nil {
			panic(err)
		}
		text.Write(b)
	}
	return text.String()
}

func snsReply(r *http.Request, status int, body string) (*http.Response, error) {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"text/xml"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(body)),
	}, nil
}
