package template_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myevents/myevents/shared/store/dynamostore"
)

// plain turns v into what JSON makes of it, without what is null or empty.
func plain(t *testing.T, v any) map[string]any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	drop(m)
	return m
}

func drop(v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			if inner == nil || inner == "" {
				delete(v, key)
			}
			drop(inner)
		}
	case []any:
		for _, inner := range v {
			drop(inner)
		}
	}
}

// TestTemplate_Tables compares the tables with those that dynamostore makes, and with what it says of expiry.
func TestTemplate_Tables(t *testing.T) {
	s := stack(t)
	want := map[string]map[string]any{}
	for _, in := range dynamostore.Tables("myevents") {
		w := plain(t, in)
		delete(w, "ResultMetadata")
		if stream, ok := w["StreamSpecification"].(map[string]any); ok {
			delete(stream, "StreamEnabled") // CloudFormation takes the view for it
		}
		want[*in.TableName] = w
	}
	for _, r := range s.Of("AWS::DynamoDB::Table") {
		got := plain(t, r.Properties)
		name := fmt.Sprint(got["TableName"])
		expected := want[name]
		delete(want, name)
		if expiry := fmt.Sprint(got["TimeToLiveSpecification"]); expiry != "map[AttributeName:"+dynamostore.Expiry+" Enabled:true]" {
			t.Errorf("%s: got expiry %s, want it by %s", name, expiry, dynamostore.Expiry)
		}
		if backups := fmt.Sprint(got["PointInTimeRecoverySpecification"]); backups != "map[PointInTimeRecoveryEnabled:true]" {
			t.Errorf("%s: got backups %s, want them of every second", name, backups)
		}
		if sse := fmt.Sprint(got["SSESpecification"]); sse != "map[KMSMasterKeyId:${Key} SSEEnabled:true SSEType:KMS]" {
			t.Errorf("%s: got encryption %s, want it by the stack's key", name, sse)
		}
		for _, more := range []string{"TimeToLiveSpecification", "PointInTimeRecoverySpecification", "SSESpecification", "DeletionProtectionEnabled"} {
			delete(got, more)
		}
		if diff := cmp.Diff(expected, got); diff != "" {
			t.Errorf("%s: want what dynamostore makes (-), got (+):\n%s", name, diff)
		}
	}
	for name := range want {
		t.Errorf("table %s: got none, want it", name)
	}
}

// TestTemplate_Keeps says what a stage protects from being deleted with its stack, or by a slip.
func TestTemplate_Keeps(t *testing.T) {
	for stage, protected := range map[string]bool{"dev": false, "staging": false, "prod": true} {
		s := stack(t, "Stage", stage, "Canary", fmt.Sprint(protected))
		for _, r := range s.Of("AWS::DynamoDB::Table") {
			if r.Properties["DeletionProtectionEnabled"] != protected || r.Attributes["UpdateReplacePolicy"] != "Retain" {
				t.Errorf("%s of %s: got protection %v, replaced: %v, want %t and kept", r.ID, stage, r.Properties["DeletionProtectionEnabled"],
					r.Attributes["UpdateReplacePolicy"], protected)
			}
		}
		if active := s.Resources["UserPool"].Properties["DeletionProtection"] == "ACTIVE"; active != protected {
			t.Errorf("accounts of %s: got protection %t, want %t", stage, active, protected)
		}
		if policy := s.Resources["RootKeys"].Attributes["DeletionPolicy"]; policy != "Retain" {
			t.Errorf("root keys of %s: got %v, want them kept", stage, policy)
		}
	}
}

func TestTemplate_WarmThroughput(t *testing.T) {
	for _, tc := range []struct {
		name, table string
		parameters  []string
		want        string
	}{
		{"as-new-tables-are", "BookingTable", nil, "<nil>"},
		{"booking-writes", "BookingTable", []string{"BookingWarmWrites", "40000"}, "map[ReadUnitsPerSecond:12000 WriteUnitsPerSecond:40000]"},
		{"booking-reads", "BookingTable", []string{"BookingWarmReads", "50000"}, "map[ReadUnitsPerSecond:50000 WriteUnitsPerSecond:4000]"},
		{"catalogue-reads", "CatalogTable", []string{"CatalogWarmReads", "50000"}, "map[ReadUnitsPerSecond:50000]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := fmt.Sprint(stack(t, tc.parameters...).Resources[tc.table].Properties["WarmThroughput"]); got != tc.want {
				t.Errorf("%s: got %s, want %s", tc.table, got, tc.want)
			}
		})
	}
}

// TestTemplate_Restored: with tables from a backup, nothing works on the stack's own any more, and those stay as they are.
func TestTemplate_Restored(t *testing.T) {
	const stream = "arn:aws:dynamodb:eu-west-1:000000000000:table/rescue-%s/stream/1"
	s := stack(t, "TablePrefix", "rescue", "CatalogStreamArn", fmt.Sprintf(stream, "catalog"), "BookingStreamArn", fmt.Sprintf(stream, "booking"))
	for _, f := range s.Functions() {
		if got := f.Environment["MYEVENTS_STORE"]; got != "dynamodb://rescue?region=eu-west-1" {
			t.Errorf("%s: got store %s, want the restored", f.ID, got)
		}
		if got := f.Environment["MYEVENTS_QUEUE"]; !strings.HasPrefix(got, "sqs://myevents?") {
			t.Errorf("%s: got queue %s, want the stack's own", f.ID, got)
		}
		for _, p := range s.Permissions(f.ID) {
			if strings.HasPrefix(p.Action, "dynamodb:") && !strings.Contains(p.Resource, ":table/rescue-") {
				t.Errorf("%s: got %s on %s, want it on a restored table", f.ID, p.Action, p.Resource)
			}
		}
	}
	for _, source := range s.Streams() {
		if !strings.HasPrefix(source.Table, "rescue-") {
			t.Errorf("%s: got the stream of %s, want that of a restored table", source.Function, source.Table)
		}
	}
	for _, table := range s.Of("AWS::DynamoDB::Table") {
		if !strings.HasPrefix(fmt.Sprint(table.Properties["TableName"]), "myevents-") {
			t.Errorf("%s: got %v, want what the stack always had", table.ID, table.Properties["TableName"])
		}
	}
	for id, metrics := range watched(t, "TablePrefix", "rescue", "CatalogStreamArn", fmt.Sprintf(stream, "catalog"), "BookingStreamArn", fmt.Sprintf(stream, "booking")) {
		if strings.HasSuffix(id, "TableThrottles") && !strings.Contains(metrics[0], "rescue-") {
			t.Errorf("%s: got %v, want it to watch a restored table", id, metrics)
		}
	}
}

// TestTemplate_Encrypted: what keeps data names the stack's key, and nothing else decides about it.
func TestTemplate_Encrypted(t *testing.T) {
	for _, tc := range []struct{ kind, property string }{
		{"AWS::SQS::Queue", "KmsMasterKeyId"},
		{"AWS::SNS::Topic", "KmsMasterKeyId"},
		{"AWS::Logs::LogGroup", "KmsKeyId"},
		{"AWS::SecretsManager::Secret", "KmsKeyId"},
	} {
		for _, r := range stack(t).Of(tc.kind) {
			if got := fmt.Sprint(r.Properties[tc.property]); !strings.HasPrefix(got, "${Key") {
				t.Errorf("%s: got %s, want the stack's key", r.ID, got)
			}
		}
		for _, r := range stack(t, "CustomerKey", "false").Of(tc.kind) {
			if got, has := r.Properties[tc.property]; has {
				t.Errorf("%s without a key: got %v, want none", r.ID, got)
			}
		}
	}
	for _, r := range stack(t, "CustomerKey", "false").Of("AWS::SQS::Queue") {
		if r.Properties["SqsManagedSseEnabled"] != true {
			t.Errorf("%s without a key: got no encryption, want SQS's own", r.ID)
		}
	}
}
