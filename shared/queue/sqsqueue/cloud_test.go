package sqsqueue_test

import (
	"bytes"
	"crypto/md5" // SQS signs bodies with it, and the SDK checks that
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// cloud is SQS and SNS in this process, as the HTTP client of the SDK: it opens no connection, so that it works in synctest
// bubbles, and what goes wrong is up to the test.
type cloud struct {
	// before is asked about each call; lose lets it take effect and then the reply get lost; an error is the reply, and
	// errHangs that there is none.
	before func(c call) (lose bool, err error)
	// refuse is asked about each entry of a batch; a code refuses it.
	refuse func(c call, id, body string) (code string, sender bool)

	mu     sync.Mutex
	made   int
	queues map[string]*box
	topics map[string][]*subscription
	calls  []call
}

// call is one that was made.
type call struct {
	action  string
	queue   string // or topic
	entries int
	bytes   int // of bodies and attributes
	in      request
}

// box is a queue.
type box struct {
	name     string
	parcels  []*parcel
	attrs    map[string]string
	received int
}

type parcel struct {
	id, body, receipt string
	attrs             map[string]attribute
	sent, first, due  time.Time
	count             int
}

type subscription struct {
	endpoint string // ARN of a queue
	raw      bool
	types    []string
}

type attribute struct {
	DataType    string
	StringValue string
}

// request is what SQS is asked, whatever the call.
type request struct {
	QueueName, QueueUrl string
	Attributes          map[string]string
	Entries             []struct {
		Id, MessageBody, ReceiptHandle  string
		DelaySeconds, VisibilityTimeout int
		MessageAttributes               map[string]attribute
	}
	MaxNumberOfMessages, VisibilityTimeout, WaitTimeSeconds int
}

// awsError is a reply of SQS.
type awsError struct{ code, query string }

func (e *awsError) Error() string { return e.code }

var errHangs = errors.New("it hangs")

var errNoQueue = &awsError{"com.amazonaws.sqs#QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"}

func newCloud() *cloud {
	return &cloud{queues: map[string]*box{}, topics: map[string][]*subscription{}}
}

// made returns the calls of an action so far.
func (c *cloud) of(action string) (all []call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, made := range c.calls {
		if made.action == action {
			all = append(all, made)
		}
	}
	return all
}

// holds returns how many messages a queue has, visible or not.
func (c *cloud) holds(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b := c.queues[name]; b != nil {
		return len(b.parcels)
	}
	return 0
}

// Do implements aws.HTTPClient.
func (c *cloud) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	target, isSQS := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS.")
	if !isSQS {
		return c.sns(r, body)
	}
	made := call{action: target}
	if err := json.Unmarshal(body, &made.in); err != nil {
		return nil, err
	}
	made.queue = made.in.QueueName
	if made.queue == "" {
		made.queue = made.in.QueueUrl[strings.LastIndexByte(made.in.QueueUrl, '/')+1:]
	}
	made.entries = len(made.in.Entries)
	for _, e := range made.in.Entries {
		made.bytes += len(e.MessageBody)
		for name, a := range e.MessageAttributes {
			made.bytes += len(name) + len(a.DataType) + len(a.StringValue)
		}
	}
	lose, err := c.note(made)
	var out any
	if err == nil {
		out, err = c.sqs(r, made)
	}
	if errors.Is(err, errHangs) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	if lose {
		return nil, errors.New("read: connection reset by peer")
	}
	return jsonReply(r, out, err)
}

func (c *cloud) note(made call) (lose bool, err error) {
	c.mu.Lock()
	c.calls = append(c.calls, made)
	before := c.before
	c.mu.Unlock()
	if before == nil {
		return false, nil
	}
	return before(made)
}

func jsonReply(r *http.Request, out any, err error) (*http.Response, error) {
	status, header := http.StatusOK, http.Header{"Content-Type": {"application/x-amz-json-1.0"}}
	var known *awsError
	switch {
	case errors.As(err, &known):
		status, out = http.StatusBadRequest, map[string]string{"__type": known.code, "message": "no"}
		if known.query != "" {
			header.Set("X-Amzn-Query-Error", known.query+";Sender")
		}
	case err != nil:
		return nil, err
	}
	body, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
}

func (c *cloud) sqs(r *http.Request, made call) (any, error) {
	in := made.in
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.queues[made.queue]
	if made.action == "CreateQueue" {
		if b == nil {
			c.queues[made.queue] = &box{name: made.queue, attrs: map[string]string{}}
		}
		return map[string]string{"QueueUrl": "https://sqs/0/" + made.queue}, nil
	}
	if b == nil {
		return nil, errNoQueue
	}
	switch made.action {
	case "GetQueueUrl":
		return map[string]string{"QueueUrl": "https://sqs/0/" + made.queue}, nil
	case "GetQueueAttributes":
		return map[string]any{"Attributes": map[string]string{"QueueArn": "arn:aws:sqs:eu-west-1:0:" + made.queue}}, nil
	case "SetQueueAttributes":
		for name, v := range in.Attributes {
			b.attrs[name] = v
		}
		return struct{}{}, nil
	case "ReceiveMessage":
		return c.receive(r, b, in)
	}
	var done, failed []any
	for _, e := range in.Entries {
		if c.refuse != nil {
			if code, sender := c.refuse(made, e.Id, e.MessageBody); code != "" {
				failed = append(failed, map[string]any{"Id": e.Id, "Code": code, "SenderFault": sender, "Message": "refused"})
				continue
			}
		}
		reply := map[string]string{"Id": e.Id}
		if made.action == "SendMessageBatch" {
			p := c.put(b, e.MessageBody, e.MessageAttributes, time.Duration(e.DelaySeconds)*time.Second)
			sum := md5.Sum([]byte(e.MessageBody))
			reply["MessageId"], reply["MD5OfMessageBody"] = p.id, hex.EncodeToString(sum[:])
		} else if !b.settle(made.action, e.ReceiptHandle, e.VisibilityTimeout) {
			failed = append(failed, map[string]any{"Id": e.Id, "Code": "ReceiptHandleIsInvalid", "SenderFault": true})
			continue
		}
		done = append(done, reply)
	}
	return map[string]any{"Successful": done, "Failed": failed}, nil
}

// put adds a message. The caller holds the lock.
func (c *cloud) put(b *box, body string, attrs map[string]attribute, delay time.Duration) *parcel {
	c.made++
	now := time.Now()
	p := &parcel{id: fmt.Sprintf("message-%06d", c.made), body: body, attrs: attrs, sent: now, due: now.Add(delay)}
	b.parcels = append(b.parcels, p)
	return p
}

// settle deletes a message or changes its visibility, by its latest receipt.
func (b *box) settle(action, receipt string, seconds int) bool {
	for i, p := range b.parcels {
		if p.receipt != receipt {
			continue
		}
		if action == "DeleteMessageBatch" {
			b.parcels = slices.Delete(b.parcels, i, i+1)
		} else {
			p.due = time.Now().Add(time.Duration(seconds) * time.Second)
		}
		return true
	}
	return false
}

// receive waits for messages. The caller holds the lock, which is let go meanwhile.
func (c *cloud) receive(r *http.Request, b *box, in request) (any, error) {
	until := time.Now().Add(time.Duration(in.WaitTimeSeconds) * time.Second)
	for {
		var out []any
		now := time.Now()
		for _, p := range slices.Clone(b.parcels) {
			if len(out) == in.MaxNumberOfMessages || p.due.After(now) {
				continue
			}
			if c.redriven(b, p) {
				continue
			}
			b.received++
			p.count++
			p.receipt = fmt.Sprintf("%s#%d", p.id, b.received)
			p.due = now.Add(time.Duration(in.VisibilityTimeout) * time.Second)
			if p.first.IsZero() {
				p.first = now
			}
			sum := md5.Sum([]byte(p.body))
			out = append(out, map[string]any{
				"MessageId": p.id, "ReceiptHandle": p.receipt, "Body": p.body, "MD5OfBody": hex.EncodeToString(sum[:]),
				"MessageAttributes": p.attrs, "Attributes": map[string]string{
					"ApproximateReceiveCount":          strconv.Itoa(p.count),
					"ApproximateFirstReceiveTimestamp": strconv.FormatInt(p.first.UnixMilli(), 10),
					"SentTimestamp":                    strconv.FormatInt(p.sent.UnixMilli(), 10),
				},
			})
		}
		if len(out) > 0 || !time.Now().Before(until) {
			return map[string]any{"Messages": out}, nil
		}
		c.mu.Unlock()
		select {
		case <-time.After(20 * time.Millisecond):
		case <-r.Context().Done():
		}
		c.mu.Lock()
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
	}
}

// redriven moves a message to the dead-letter queue of the queue's policy, where it was received often enough.
func (c *cloud) redriven(b *box, p *parcel) bool {
	var policy struct {
		DeadLetterTargetArn string `json:"deadLetterTargetArn"`
		MaxReceiveCount     int    `json:"maxReceiveCount"`
	}
	if json.Unmarshal([]byte(b.attrs["RedrivePolicy"]), &policy) != nil || p.count < policy.MaxReceiveCount {
		return false
	}
	name := policy.DeadLetterTargetArn[strings.LastIndexByte(policy.DeadLetterTargetArn, ':')+1:]
	b.parcels = slices.DeleteFunc(b.parcels, func(o *parcel) bool { return o == p })
	p.due, p.receipt = time.Now(), ""
	c.queues[name].parcels = append(c.queues[name].parcels, p)
	return true
}
