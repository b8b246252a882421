package template_test

import (
	"maps"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myevents/myevents/shared/template"
	"github.com/myevents/myevents/shared/testenv"
)

// given are the parameters that have no default.
var given = map[string]string{"Payment": "test"}

// stack reads the project's template with more parameters, as name and value.
func stack(t *testing.T, more ...string) *template.Template {
	t.Helper()
	o := template.Options{Parameters: map[string]string{}, Values: map[string]string{
		"WebClient": "client", "UserPool.ProviderURL": "https://cognito-idp.eu-west-1.amazonaws.com/pool", "Distribution.DomainName": "d1.cloudfront.net",
		"SignInDomain": "tickets-1", "Api": "api1", "RootKeys": "arn:aws:secretsmanager:eu-west-1:000000000000:secret:keys",
	}}
	maps.Copy(o.Parameters, given)
	for i := 0; i < len(more); i += 2 {
		o.Parameters[more[i]] = more[i+1]
	}
	s, err := template.Read(filepath.Join(testenv.RepoRoot(t), "template.yaml"), o)
	if err != nil {
		t.Fatalf("Read: got %v, want nil", err)
	}
	return s
}

// emulated are the parameters of a stack on an emulator that has no gateway, no sign-in and none of what watches.
var emulated = []string{
	"Front", "none", "SignIn", "external", "OidcIssuer", "http://127.0.0.1:9/x", "OidcAudience", "myevents",
	"CustomerKey", "false", "Watch", "false", "Architecture", "x86_64",
}

// program returns the path of a program that building needs as well; where it is missing the test is skipped, or fails in a
// full run.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && !testenv.CI() {
		t.Skipf("%s is missing; CONTRIBUTING.md says what a machine needs", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

const small = `
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Name: {Type: String, AllowedPattern: "^[a-z]+$"}
Conditions:
  Production: !Equals [!Ref Stage, prod]
  Both: !And [!Condition Production, !Not [!Equals [!Ref Name, b]]]
  Either: !Or [!Condition Production, !Equals [!Ref Name, b]]
Globals:
  Function:
    Timeout: 3
    Environment: {Variables: {A: global, B: global}}
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: !Sub "${Name}-messages"}}
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Join ["-", [!Ref Name, !Ref AWS::Region]]
      Delay: !If [Production, 9, !Ref AWS::NoValue]
      List: [!If [Production, x, !Ref AWS::NoValue], y]
      Host: !Select [2, !Split ["/", "https://id.example/x"]]
      Mapped: !Sub ["${X}:${AWS::AccountId}:${!Literal}", {X: !GetAtt Topic.TopicName}]
  Protected: {Type: T, Condition: Production}
  Both: {Type: T, Condition: Both}
  Either: {Type: T, Condition: Either}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: f
      Environment: {Variables: {B: own}}
      Events: {Queue: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn}}}
Outputs:
  Topic: {Value: !Ref Topic}
  Unknown: {Value: !Sub "https://${Protected}.example"}
  Only: {Condition: Production, Value: x}
`

func TestParse(t *testing.T) {
	s, err := template.Parse([]byte(small), template.Options{Parameters: map[string]string{"Name": "a"}})
	if err != nil {
		t.Fatalf("Parse: got %v, want nil", err)
	}
	queue := s.Resources["Queue"].Properties
	for _, tc := range []struct {
		name      string
		got, want any
	}{
		{"made-without-condition", s.Resources["Topic"].Type, "AWS::SNS::Topic"},
		{"not-made", s.Resources["Protected"].Type, ""},
		{"and-of-one-that-fails", s.Resources["Both"].Type, ""},
		{"or-of-none", s.Resources["Either"].Type, ""},
		{"substituted-and-joined", queue["QueueName"], "a-eu-west-1"},
		{"no-value-leaves-a-property-out", queue["Delay"], nil},
		{"no-value-leaves-an-item-out", queue["List"], []any{"y"}},
		{"selected-of-split", queue["Host"], "id.example"},
		{"substituted-by-a-map", queue["Mapped"], "a-messages:000000000000:${Literal}"},
		{"topic-is-its-arn", s.Outputs["Topic"], "arn:aws:sns:eu-west-1:000000000000:a-messages"},
		{"unknown-until-made", s.Outputs["Unknown"], "https://${Protected}.example"},
		{"output-not-made", s.Outputs["Only"], ""},
		{"environment-over-globals", s.Functions()[0].Environment, map[string]string{"A": "global", "B": "own"}},
		{"source-by-name", s.Queues()[0].Queue, "a-eu-west-1"},
		{"required", s.Parameters["Name"].Required, true},
		{"defaulted", s.Parameters["Stage"].Default, "dev"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, tc.got); diff != "" {
				t.Errorf("Parse: got %v, want %v", tc.got, tc.want)
			}
		})
	}
	production, err := template.Parse([]byte(small), template.Options{Parameters: map[string]string{"Name": "a", "Stage": "prod"}})
	if err != nil {
		t.Fatalf("Parse: got %v, want nil", err)
	}
	if got := len(production.Resources); got != 6 {
		t.Errorf("resources of production: got %d, want 6", got)
	}
}

func TestParse_Faults(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		parameters map[string]string
		want       string
	}{
		{"required-parameter", small, nil, "parameter Name: it has no default"},
		{"value-not-allowed", small, map[string]string{"Name": "a", "Stage": "test"}, "parameter Stage: must be one of dev, prod"},
		{"value-of-another-shape", small, map[string]string{"Name": "A1"}, "parameter Name: must look like"},
		{"unknown-parameter", small, map[string]string{"Name": "a", "Stagge": "dev"}, "parameter Stagge: the template has none"},
		{"unknown-reference", "Resources: {A: {Type: T, Properties: {X: !Ref B}}}", nil, "reference to B"},
		{"unknown-attribute", "Resources: {A: {Type: T, Properties: {X: !Sub '${B.Arn}'}}}", nil, "attribute B.Arn"},
		{"unknown-condition", "Resources: {A: {Type: T, Condition: C}}", nil, "condition C"},
		{"unknown-function", "Resources: {A: {Type: T, Properties: {X: !Cidr [a]}}}", nil, "Fn::Cidr"},
		{"key-twice", "Resources: {A: {Type: T}, A: {Type: T}}", nil, "A comes twice"},
		{"alias", "Resources: {A: &a {Type: T}, B: *a}", nil, "aliases"},
		{"no-map", "- a", nil, "it is no map"},
		{"empty", "", nil, "it is empty"},
		{"no-yaml", "a: [", nil, "parse template"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := template.Parse([]byte(tc.text), template.Options{Parameters: tc.parameters})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Parse: got %v, want %q", err, tc.want)
			}
		})
	}
}

// TestTemplate_Rules: what does not go together is refused before anything is made.
func TestTemplate_Rules(t *testing.T) {
	const certificate = "arn:aws:acm:us-east-1:000000000000:certificate/1"
	for _, tc := range []struct {
		name       string
		parameters map[string]string
		want       string
	}{
		{"no-payment", map[string]string{"Payment": ""}, "parameter Payment"},
		{"unknown-payment", map[string]string{"Payment": "cash"}, "parameter Payment"},
		{"domain-without-certificate", map[string]string{"DomainName": "t.example.org"}, "DomainName needs CertificateArn"},
		{
			"domain-without-cloudfront",
			map[string]string{"DomainName": "t.example.org", "CertificateArn": certificate, "Front": "api"},
			"DomainName needs Front=cloudfront",
		},
		{"domain-with-scheme", map[string]string{"DomainName": "https://t.example.org"}, "parameter DomainName"},
		{"certificate-of-another-region", map[string]string{"CertificateArn": "arn:aws:acm:eu-west-1:000000000000:certificate/1"}, "parameter CertificateArn"},
		{"external-without-issuer", map[string]string{"SignIn": "external", "OidcAudience": "a"}, "SignIn=external needs OidcIssuer"},
		{"external-without-audience", map[string]string{"SignIn": "external", "OidcIssuer": "https://id.example"}, "SignIn=external needs OidcAudience"},
		{"production-at-once", map[string]string{"Stage": "prod"}, "Stage=prod needs Canary=true"},
		{"restored-without-streams", map[string]string{"TablePrefix": "rescue"}, "TablePrefix needs CatalogStreamArn"},
		{"hold-without-unit", map[string]string{"HoldTtl": "10"}, "parameter HoldTtl"},
		{"mail-to-nobody", map[string]string{"AlarmEmail": "ops"}, "parameter AlarmEmail"},
		{"organisation-with-space", map[string]string{"Organisation": "the opera"}, "parameter Organisation"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			parameters := maps.Clone(given)
			maps.Copy(parameters, tc.parameters)
			_, err := template.Read(filepath.Join(testenv.RepoRoot(t), "template.yaml"), template.Options{Parameters: parameters})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Read: got %v, want %q", err, tc.want)
			}
		})
	}
}

func TestRead_NoFile(t *testing.T) {
	if _, err := template.Read(filepath.Join(t.TempDir(), "none.yaml"), template.Options{}); err == nil {
		t.Error("Read: got nil, want a fault")
	}
}
