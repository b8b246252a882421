package kafkaqueue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/myevents/myevents/shared/fault"
)

// kept is how long messages are kept.
const kept = 14 * 24 * time.Hour

// lookTime is how long the broker is looked for whose address may be wrong.
const lookTime = 15 * time.Second

// The names of the topics and groups.
func (q *Queue) messages() string { return q.prefix + "-messages" }

func isMessages(topic string) bool { return strings.HasSuffix(topic, "-messages") }

func (q *Queue) groupOf(group string) string { return q.prefix + "-" + group }

func (q *Queue) waitingOf(group string) string { return q.prefix + "-" + group + "-retry" }

func (q *Queue) deadOf(group string) string { return q.prefix + "-" + group + "-dlq" }

func (q *Queue) parked() string { return q.prefix + "-parked" }

// graveyards returns the topics of dead letters.
func (q *Queue) graveyards() (topics []string) {
	for _, group := range q.d.Groups.Names() {
		topics = append(topics, q.deadOf(group))
	}
	return topics
}

// Topics returns the names of what Migrate makes.
func (q *Queue) Topics() []string {
	topics := append([]string{q.messages(), q.parked()}, q.graveyards()...)
	for _, group := range q.d.Groups.Names() {
		topics = append(topics, q.waitingOf(group))
	}
	return topics
}

// Groups returns the names of the consumer groups.
func (q *Queue) Groups() (names []string) {
	for _, group := range q.d.Groups.Names() {
		names = append(names, q.groupOf(group))
	}
	return names
}

// Migrate makes the topics that are absent. It may be repeated, and changes nothing that is there: too few partitions are
// fault.Unavailable, as a broker out of reach is.
func (q *Queue) Migrate(ctx context.Context) error {
	return q.looking(ctx, func(ctx context.Context, admin *kadm.Client) error {
		have, err := admin.ListTopics(ctx, q.Topics()...)
		if err != nil {
			return err
		}
		partitions := q.partitions
		if there := have[q.messages()]; there.Err == nil && len(there.Partitions) > 0 {
			partitions = int32(len(there.Partitions)) // what waits has a partition for each
		}
		for _, topic := range q.Topics() {
			if t, ok := have[topic]; ok && t.Err == nil {
				continue
			}
			n, config := q.shapeOf(topic, partitions)
			made, err := admin.CreateTopics(ctx, n, q.replication, config, topic)
			if err != nil {
				return err
			}
			if err := made[topic].Err; err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
				return fmt.Errorf("create topic %s: %w", topic, errors.Join(err, errors.New(made[topic].ErrMessage)))
			}
		}
		for tries := 0; ; tries++ { // brokers hear of topics a moment after they are made
			err := q.complete(ctx, admin)
			if !errors.Is(err, errAbsent) && !errors.Is(err, errLeaderless) || !rest(ctx, tries) {
				return err
			}
		}
	})
}

// shapeOf returns how a topic is made.
func (q *Queue) shapeOf(topic string, partitions int32) (n int32, config map[string]*string) {
	config = map[string]*string{}
	set := func(name, value string) { config[name] = &value }
	if q.replication >= 3 {
		set("min.insync.replicas", "2")
	}
	if topic == q.messages() {
		set("retention.ms", strconv.FormatInt(kept.Milliseconds(), 10))
		return partitions, config
	}
	set("cleanup.policy", "compact")
	set("segment.ms", strconv.FormatInt((12*time.Hour).Milliseconds(), 10)) // what is being written to is not compacted
	if topic == q.parked() {
		set("max.message.bytes", strconv.Itoa(maxParked+maxParked/4))
		return 1, config
	}
	for _, group := range q.d.Groups.Names() {
		if topic == q.waitingOf(group) {
			set("segment.bytes", strconv.Itoa(64<<20))
			return partitions, config
		}
	}
	return 1, config
}

// errLeaderless matches the fault of a partition that cannot be written to just now.
var errLeaderless = fault.New(fault.Unavailable, "queueLeaderless", "")

// complete reports a topic that is absent, or too small.
func (q *Queue) complete(ctx context.Context, admin *kadm.Client) error {
	have, err := admin.ListTopics(ctx, q.Topics()...)
	if err != nil {
		return err
	}
	for _, topic := range q.Topics() {
		want := int32(1)
		if topic == q.messages() {
			want = q.partitions
		}
		for _, group := range q.d.Groups.Names() {
			if topic == q.waitingOf(group) {
				want = int32(len(have[q.messages()].Partitions))
			}
		}
		t, ok := have[topic]
		if !ok {
			return faultOf("look up topic "+topic, topic, kerr.UnknownTopicOrPartition)
		}
		if t.Err != nil {
			return faultOf("look up topic "+topic, topic, t.Err)
		}
		if n := int32(len(t.Partitions)); n < want {
			return fault.New(fault.Unavailable, "queueDiffers", fmt.Sprintf(
				"MYEVENTS_QUEUE: topic %s has %d partitions, want ≥ %d: add some while no messages wait, or set partitions=%d", topic, n, want, n))
		}
		for _, p := range t.Partitions {
			if p.Leader < 0 {
				return fault.New(fault.Unavailable, errLeaderless.Code,
					fmt.Sprintf("MYEVENTS_QUEUE: partition %d of topic %s has no leader just now", p.Partition, topic))
			}
		}
	}
	return nil
}

// Ready reports what a deployment lacks: a broker within reach that takes the credentials and is new enough, and the topics,
// with enough partitions. It makes nothing.
func (q *Queue) Ready(ctx context.Context) error { return q.looking(ctx, q.complete) }

// looking does something with a client of its own, which soon gives up.
func (q *Queue) looking(ctx context.Context, do func(ctx context.Context, admin *kadm.Client) error) error {
	leave, err := q.enter()
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(q.life, cancel)() //nolint:contextcheck // the queue's life ends calls too
	client, err := kgo.NewClient(q.options(kgo.RequestRetries(2), kgo.RetryTimeout(lookTime))...)
	if err != nil {
		return fault.Wrap(fault.Invalid, "MYEVENTS_QUEUE", err)
	}
	defer client.Close()
	looking, cancel := context.WithTimeout(ctx, lookTime)
	err = supported(looking, client)
	cancel()
	if err == nil {
		err = do(ctx, kadm.NewClient(client))
	}
	if err == nil || fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Invalid) {
		return err
	}
	if is := faultOf("make topics, or look at them", "", err); fault.Is(is, fault.Invalid) || refused(err) {
		return is
	}
	return fault.Wrap(fault.Unavailable, "MYEVENTS_QUEUE: kafka at "+q.address()+" cannot be reached, or does not answer", err)
}

// supported reports a broker that lacks what the client needs.
func supported(ctx context.Context, client *kgo.Client) error {
	answer, err := kmsg.NewPtrApiVersionsRequest().RequestWith(ctx, client)
	if err != nil {
		return err
	}
	if err := kerr.ErrorForCode(answer.ErrorCode); err != nil {
		return err
	}
	return newEnough(kversion.FromApiVersionsResponse(answer))
}

// newEnough looks for the versions of requests that came with Apache Kafka 2.5: producers that go on after a lost answer
// (KIP-360) and offsets that wait for transactions (KIP-447).
func newEnough(vs *kversion.Versions) error {
	for key, least := range map[kmsg.Key]int16{kmsg.InitProducerID: 3, kmsg.OffsetFetch: 7, kmsg.CreateTopics: 5} {
		if has, ok := vs.LookupMaxKeyVersion(key.Int16()); !ok || has < least {
			return fault.New(fault.Unavailable, "queueTooOld", "MYEVENTS_QUEUE: the server is too old: it is like Apache Kafka "+
				strings.TrimPrefix(vs.VersionGuess(), "v")+", want 2.5 or later")
		}
	}
	return nil
}
