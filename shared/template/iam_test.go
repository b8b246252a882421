package template_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myevents/myevents/shared/queue/sqsqueue"
	"github.com/myevents/myevents/shared/store/dynamostore"
	"github.com/myevents/myevents/shared/template"
)

const home = ":eu-west-1:000000000000:"

// The resources that functions use.
const (
	catalogTable  = "arn:aws:dynamodb" + home + "table/myevents-catalog"
	bookingTable  = "arn:aws:dynamodb" + home + "table/myevents-booking"
	catalogStream = catalogTable + "/stream/${CatalogTable}"
	bookingStream = bookingTable + "/stream/${BookingTable}"
	topic         = "arn:aws:sns" + home + "myevents-messages"
	catalogQueue  = "arn:aws:sqs" + home + "myevents-catalog"
	catalogDead   = "arn:aws:sqs" + home + "myevents-catalog-dlq"
	bookingQueue  = "arn:aws:sqs" + home + "myevents-booking"
	bookingDead   = "arn:aws:sqs" + home + "myevents-booking-dlq"
	parked        = "arn:aws:sqs" + home + "myevents-parked"
)

// actions are the IAM actions of the calls in an adapter's interface. A call with a batch is permitted as its parts are,
// where IAM has no action for batches: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
func actions[I any](service string) []string {
	var all []string
	for i := range reflect.TypeFor[I]().NumMethod() {
		name := reflect.TypeFor[I]().Method(i).Name
		if service != "dynamodb" {
			name = strings.TrimSuffix(name, "Batch")
		}
		all = append(all, service+":"+name)
	}
	return all
}

// triggers are what Lambda itself does in a function's name, to feed it.
// Sources: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html and …/services-ddb-eventsourcemapping.html
var triggers = map[string][]string{
	"sqs":      {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
	"dynamodb": {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"},
}

// own is what every function has beside its work: its log, its traces, and the stack's key through the services it protects.
func own(log string) []string {
	all := on("arn:aws:logs"+home+"log-group:/myevents/myevents/"+log+":*", "logs:CreateLogStream", "logs:PutLogEvents")
	all = append(all, on("*", "xray:PutTraceSegments", "xray:PutTelemetryRecords")...)
	for _, action := range []string{"Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo"} {
		all = append(all, on("${Key.Arn}", "kms:"+action)[0]+conditionally)
	}
	return all
}

// conditionally marks what is allowed under a condition only.
const conditionally = ", conditionally"

func on(resource string, actions ...string) []string {
	all := make([]string, len(actions))
	for i, a := range actions {
		all[i] = a + " on " + resource
	}
	return all
}

// TestTemplate_Permissions says for each function what it calls, in the adapters' own words, and wants the role to allow
// exactly that.
func TestTemplate_Permissions(t *testing.T) {
	items := actions[dynamostore.API]("dynamodb")
	worker := func(queue, dead string) []string {
		return slices.Concat(
			on(queue, triggers["sqs"]...),
			on(queue, "sqs:ChangeMessageVisibility", "sqs:SendMessage"), // tried again sooner or later, put off
			on(dead, "sqs:SendMessage", "sqs:GetQueueUrl"),
		)
	}
	looked := []string{"sqs:GetQueueUrl", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"}
	want := map[string][]string{
		"EventsApi":      slices.Concat(own("events-api"), on(catalogTable, items...)),
		"BookingsApi":    slices.Concat(own("bookings-api"), on(bookingTable, items...)),
		"EventsWorker":   slices.Concat(own("events-worker"), on(catalogTable, items...), worker(catalogQueue, catalogDead)),
		"BookingsWorker": slices.Concat(own("bookings-worker"), on(bookingTable, items...), worker(bookingQueue, bookingDead)),
		"OutboxRelay": slices.Concat(own("outbox-relay"),
			on(catalogStream, triggers["dynamodb"]...), on(bookingStream, triggers["dynamodb"]...),
			on(topic, "sns:Publish"), on(parked, "sqs:SendMessage", "sqs:GetQueueUrl"),
			on("${StreamFailures.Arn}/*", "s3:PutObject"), on("${StreamFailures.Arn}", "s3:ListBucket")),
		"Janitor": slices.Concat(own("janitor"), on(catalogTable, items...), on(bookingTable, items...), on(topic, "sns:Publish"),
			on(parked, looked...), on(catalogDead, looked...), on(bookingDead, looked...)), // settles what was given up
	}
	known := slices.Concat(items, actions[sqsqueue.SQS]("sqs"), actions[sqsqueue.SNS]("sns"), triggers["sqs"], triggers["dynamodb"])
	s := stack(t)
	for _, f := range s.Functions() {
		var got []string
		for _, p := range s.Permissions(f.ID) {
			permission := p.Action + " on " + p.Resource
			if p.Conditional {
				permission += conditionally
			}
			got = append(got, permission)
			service, _, _ := strings.Cut(p.Action, ":")
			if slices.Contains([]string{"dynamodb", "sqs", "sns"}, service) && !slices.Contains(known, p.Action) {
				t.Errorf("%s: got %s, which no adapter calls", f.ID, p.Action)
			}
		}
		slices.Sort(want[f.ID])
		slices.Sort(got)
		if diff := cmp.Diff(want[f.ID], got); diff != "" {
			t.Errorf("%s: want what it calls (-), got (+):\n%s", f.ID, diff)
		}
	}
}

// TestTemplate_NoStars looks at every policy of the stack, whatever it belongs to, for each choice of parameters.
func TestTemplate_NoStars(t *testing.T) {
	// Where AWS has no other: X-Ray knows no resources, and in a key's own policy "*" is the key. The account deciding by IAM
	// who uses the key is how a key stays manageable: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
	allowed := map[string]string{
		"SendTraces": "xray:PutTelemetryRecords on *, xray:PutTraceSegments on *",
		"Key": "kms:* on *, kms:Decrypt on *, kms:DescribeKey on *, kms:Encrypt on *, kms:GenerateDataKey on *, kms:ReEncryptFrom on *, " +
			"kms:ReEncryptTo on *",
	}
	for _, parameters := range [][]string{nil, emulated, {"Front", "api"}, {"Stage", "prod", "Canary", "true"}} {
		s := stack(t, parameters...)
		for id, r := range s.Resources {
			var found []string
			statements(r.Properties, func(statement map[string]any) {
				if statement["Effect"] != "Allow" {
					return
				}
				for _, action := range list(statement["Action"]) {
					for _, resource := range list(statement["Resource"]) {
						if strings.Contains(action, "*") || resource == "*" {
							found = append(found, action+" on "+resource)
						}
					}
				}
				if _, has := statement["NotAction"]; has || statement["NotResource"] != nil {
					t.Errorf("%s: got everything but something, want what is needed", id)
				}
				if principal := fmt.Sprint(statement["Principal"]); principal == "*" || strings.Contains(principal, "AWS:*") {
					t.Errorf("%s: got everybody as principal, want somebody", id)
				}
			})
			slices.Sort(found)
			if got := strings.Join(slices.Compact(found), ", "); got != allowed[id] {
				t.Errorf("%s: got %q, want %q", id, got, allowed[id])
			}
		}
	}
}

// statements hands every policy statement below v to see.
func statements(v any, see func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		if v["Effect"] != nil && (v["Action"] != nil || v["NotAction"] != nil) {
			see(v)
		}
		for _, inner := range v {
			statements(inner, see)
		}
	case []any:
		for _, inner := range v {
			statements(inner, see)
		}
	}
}

func list(v any) []string {
	var all []string
	if many, ok := v.([]any); ok {
		for _, one := range many {
			all = append(all, fmt.Sprint(one))
		}
		return all
	}
	return []string{fmt.Sprint(v)}
}

// TestTemplate_OwnRoles: no role is shared, and none holds a policy of somebody else's.
func TestTemplate_OwnRoles(t *testing.T) {
	s := stack(t)
	owners := map[string]string{}
	for _, f := range s.Functions() {
		if other, taken := owners[f.Role]; taken {
			t.Errorf("role %s: got %s and %s, want one function", f.Role, f.ID, other)
		}
		owners[f.Role] = f.ID
		if _, has := s.Resources[f.ID].Properties["Policies"]; has {
			t.Errorf("%s: got policies of SAM's, want those of its role alone", f.ID)
		}
		if slices.ContainsFunc(s.Permissions(f.ID), func(p template.Permission) bool { return p.Action == "*" }) {
			t.Errorf("%s: got a managed policy of AWS's, want the calls named", f.ID)
		}
		for _, p := range s.Permissions(f.ID) {
			if strings.HasPrefix(p.Action, "kms:") && !p.Conditional {
				t.Errorf("%s: got %s by itself, want it through the services that the key protects", f.ID, p.Action)
			}
		}
	}
}
