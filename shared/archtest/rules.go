// Package archtest keeps the import rules of the repository: who may know whom. Import judges one import, Tree judges all
// source files of a folder. It knows packages by name only, and reads files without building them, so that no build
// constraint hides one.
package archtest

import (
	"slices"
	"strings"
)

// Module is the module's path.
const Module = "github.com/myevents/myevents"

// layer is what a package is for; it decides what the package may import.
type layer int

const (
	outside layer = iota // no package of this module
	unknown              // one without a layer yet: give it one
	domain
	port
	adapter
	suite     // conformance suites
	edge      // httpapi, consumer
	hosting   // host/*
	assembly  // app, app/*
	setting   // config
	watching  // telemetry, telemetry/*
	tool      // what programs and tests use: clients, demo data, load, the landing page
	program   // functions/*
	testTools // testenv, archtest, e2e
)

// layers gives every package of the module its layer, by its path below the module.
var layers = map[string]layer{
	"shared/fault": domain, "shared/money": domain, "shared/id": domain, "shared/message": domain,
	"shared/catalog": domain, "shared/inventory": domain, "shared/booking": domain,

	"shared/outbox": port, "shared/payment": port, "shared/queue": port, "shared/identity": port, "shared/store": port,

	"shared/store/embedstore": adapter, "shared/store/dynamostore": adapter, "shared/store/mongostore": adapter,
	"shared/queue/memqueue": adapter, "shared/queue/sqsqueue": adapter, "shared/queue/rabbitqueue": adapter,
	"shared/queue/kafkaqueue": adapter, "shared/payment/testpay": adapter, "shared/payment/stripepay": adapter,
	"shared/identity/localissuer": adapter, "shared/outbox/dynamostream": adapter,

	"shared/store/storetest": suite, "shared/queue/queuetest": suite, "shared/payment/paymenttest": suite,
	"shared/identity/identitytest": suite,

	"shared/httpapi": edge, "shared/consumer": edge,
	"shared/host/serverhost": hosting, "shared/host/lambdahost": hosting, "shared/host/clihost": hosting,
	"shared/host/samhost": hosting, "shared/app/localaws": assembly,
	"shared/app": assembly, "shared/app/alladapters": assembly, "shared/app/awsadapters": assembly, "shared/app/awsstore": assembly, "shared/app/onemachine": assembly,
	"shared/app/selfhosted": assembly,
	"shared/config":         setting, "shared/telemetry": watching, "shared/telemetry/promexport": watching,
	"shared/webui": tool, "shared/seed": tool, "shared/load": tool, "shared/apiclient": tool, "shared/geo": tool, "shared/tickit": tool,
	"shared/ctl": tool, "shared/template": tool, "shared/bench": tool,
	"shared/testenv": testTools, "shared/archtest": testTools, "shared/e2e": testTools, "shared/torture": testTools, "shared/apiclient/apitest": testTools,
}

// core is what everybody but the domain's own leaves may know.
var core = []string{"shared/fault", "shared/money", "shared/id", "shared/message"}

// domainMay lists, per domain or port package, which packages of the module it may import. Nothing else, ever.
var domainMay = map[string][]string{
	"shared/fault":     {},
	"shared/money":     {"shared/fault"},
	"shared/id":        {"shared/fault"},
	"shared/message":   {"shared/fault", "shared/money", "shared/id"},
	"shared/outbox":    core,
	"shared/payment":   core,
	"shared/queue":     core,
	"shared/identity":  core,
	"shared/store":     {},
	"shared/catalog":   append(core[:4:4], "shared/outbox", "shared/payment"),
	"shared/inventory": append(core[:4:4], "shared/outbox", "shared/payment"),
	"shared/booking":   append(core[:4:4], "shared/outbox", "shared/payment", "shared/inventory"),
}

// pure are the foreign modules that the domain may use: text and waiting, no input or output.
var pure = []string{"golang.org/x/text", "golang.org/x/sync"}

// worldly are the standard packages that reach outside a process or print: nothing for the domain.
var worldly = []string{"net", "net/http", "os", "log", "database/sql", "syscall", "io/ioutil", "expvar", "plugin", "flag", "testing"}

// adapterMay lists the ports that an adapter may know besides core, and the foreign modules that are its one SDK.
var adapterMay = map[string]struct{ ports, sdk []string }{
	"shared/store/embedstore":     {allPorts, []string{"modernc.org"}},
	"shared/store/dynamostore":    {allPorts, []string{"github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"}},
	"shared/store/mongostore":     {allPorts, []string{"go.mongodb.org/mongo-driver"}},
	"shared/outbox/dynamostream":  {[]string{"shared/outbox"}, []string{"github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"}},
	"shared/queue/memqueue":       {queuePorts, nil},
	"shared/queue/sqsqueue":       {queuePorts, []string{"github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"}},
	"shared/queue/rabbitqueue":    {queuePorts, []string{"github.com/rabbitmq/amqp091-go"}},
	"shared/queue/kafkaqueue":     {queuePorts, []string{"github.com/twmb/franz-go"}},
	"shared/payment/testpay":      {[]string{"shared/payment"}, nil},
	"shared/payment/stripepay":    {[]string{"shared/payment"}, []string{"github.com/stripe/stripe-go"}},
	"shared/identity/localissuer": {[]string{"shared/identity"}, []string{"github.com/zitadel/oidc", "github.com/go-jose/go-jose"}},
}

// small are foreign modules without a world of their own, which any adapter may use beside its SDK.
var small = []string{"golang.org/x", "github.com/hashicorp/golang-lru", "github.com/klauspost/compress"}

var (
	allPorts = []string{
		"shared/store", "shared/catalog", "shared/inventory", "shared/booking", "shared/outbox", "shared/queue",
		"shared/payment", "shared/identity",
	}
	queuePorts = []string{"shared/queue"}
)

// ownersOf lists the foreign modules that have a home: nothing else in the module's programs may import them.
var ownersOf = []struct {
	prefix string
	owners []string
}{
	{"github.com/aws/aws-lambda-go", []string{"shared/host/lambdahost"}},
	{"github.com/awslabs/aws-lambda-go-api-proxy", []string{"shared/host/lambdahost"}},
	{"github.com/aws/aws-sdk-go-v2", []string{"shared/store/dynamostore", "shared/outbox/dynamostream", "shared/queue/sqsqueue", "shared/app/awsstore", "shared/app/awsadapters", "shared/app/alladapters", "shared/app/localaws"}},
	{"go.mongodb.org/mongo-driver", []string{"shared/store/mongostore"}},
	{"github.com/rabbitmq/amqp091-go", []string{"shared/queue/rabbitqueue"}},
	{"github.com/twmb/franz-go", []string{"shared/queue/kafkaqueue"}},
	{"modernc.org/", []string{"shared/store/embedstore"}},
	{"github.com/zitadel/oidc", []string{"shared/identity/localissuer"}},
	{"github.com/danielgtaylor/huma", []string{"shared/httpapi"}},
	{"github.com/prometheus/client_golang", []string{"shared/telemetry/promexport"}},
}

// Import returns why the package from may not import the package to, in a file that is not a test; empty where it may.
// Both are import paths; from is one of this module.
func Import(from, to string) string {
	f, t := layerOf(from), layerOf(to)
	from, to = below(from), below(to)
	if t == unknown {
		return "the package has no layer; give it one in archtest"
	}
	for _, o := range ownersOf {
		if t == outside && under(to, o.prefix) && !slices.Contains(o.owners, from) {
			return "only " + strings.Join(o.owners, ", ") + " may know it"
		}
	}
	switch {
	case t == program:
		return "a program is not a library"
	case (t == testTools || t == suite) && f != testTools && f != suite:
		return "this is for tests"
	case t == adapter && f != assembly:
		return "only app knows adapters"
	case to == "shared/telemetry/promexport" && from != "shared/app/alladapters":
		return "what is invoked keeps no metrics, and is half as big without"
	}
	switch f {
	case unknown:
		return "the importing package has no layer; give it one in archtest"
	case domain, port:
		return fromDomain(from, to, f, t)
	case adapter:
		return fromAdapter(from, to, t)
	case suite:
		if t >= edge {
			return "a suite knows the port it tests, and what the port knows"
		}
	case edge:
		if t >= hosting && t != watching {
			return "handlers see services and ports, no host, app or setting"
		}
	case setting:
		if t != outside {
			return "config knows no other package"
		}
	case watching:
		if t > port && to != "shared/telemetry" {
			return "telemetry knows words, not parts"
		}
	case tool:
		if t == hosting || t == edge {
			return "a tool goes through app, or over HTTP"
		}
	case program:
		if t != hosting && t != assembly && t != tool && to != "os" {
			return "a program chooses and starts, nothing else"
		}
	case outside, hosting, assembly, testTools:
	}
	return ""
}

func fromDomain(from, to string, f, t layer) string {
	if t != outside {
		if !slices.Contains(domainMay[from], to) {
			return "not among what " + from + " may know"
		}
		return ""
	}
	switch {
	case f == port && from == "shared/identity": // verifies tokens of an issuer over HTTP
		return ""
	case standard(to):
		if slices.ContainsFunc(worldly, func(w string) bool {
			return to == w || to != "net/url" && to != "net/netip" && strings.HasPrefix(to, w+"/")
		}) {
			return "the domain does not reach outside"
		}
		return ""
	case from == "shared/id" && to == "github.com/oklog/ulid/v2", slices.ContainsFunc(pure, func(p string) bool { return under(to, p) }):
		return ""
	}
	return "the domain uses the standard library, golang.org/x/text and golang.org/x/sync"
}

func fromAdapter(from, to string, t layer) string {
	may, found := adapterMay[from]
	switch {
	case !found:
		return "the adapter's ports and SDK are not named in archtest"
	case t != outside:
		if !slices.Contains(core, to) && !slices.Contains(may.ports, to) {
			return "an adapter knows its ports only"
		}
	case !standard(to) && !slices.ContainsFunc(append(small[:len(small):len(small)], may.sdk...), func(p string) bool { return under(to, p) }):
		return "an adapter has one SDK, and this is none of " + strings.Join(may.sdk, ", ")
	}
	return ""
}

// layerOf returns the layer of an import path.
func layerOf(path string) layer {
	rel, ours := strings.CutPrefix(path, Module+"/")
	if !ours {
		return outside
	}
	if strings.HasPrefix(rel, "functions/") {
		return program
	}
	if l, found := layers[rel]; found {
		return l
	}
	return unknown
}

// below shortens this module's import paths; others stay.
func below(path string) string { return strings.TrimPrefix(path, Module+"/") }

// standard reports whether path is of the standard library: its first element has no dot.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// under reports whether path is prefix or below it.
func under(path, prefix string) bool {
	return path == prefix || strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/")
}
