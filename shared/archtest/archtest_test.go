package archtest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/myevents/myevents/shared/archtest"
	"github.com/myevents/myevents/shared/testenv"
)

func TestTree_Repository(t *testing.T) {
	wrong, err := archtest.Tree(os.DirFS(testenv.RepoRoot(t)))
	if err != nil {
		t.Fatalf("Tree: got %v, want nil", err)
	}
	for _, w := range wrong {
		t.Error(w)
	}
}

func TestImport(t *testing.T) {
	for _, tc := range []struct {
		name, from, to string
		allowed        bool
	}{
		{"domain-core", "shared/catalog", "shared/fault", true},
		{"domain-outbox", "shared/catalog", "shared/outbox", true},
		{"domain-text", "shared/catalog", "golang.org/x/text/cases", true},
		{"domain-url", "shared/catalog", "net/url", true},
		{"booking-inventory", "shared/booking", "shared/inventory", true},
		{"booking-payment", "shared/booking", "shared/payment", true},
		{"id-ulid", "shared/id", "github.com/oklog/ulid/v2", true},
		{"adapter-port", "shared/store/embedstore", "shared/booking", true},
		{"adapter-sdk", "shared/store/embedstore", "modernc.org/sqlite", true},
		{"issuer-sdk", "shared/identity/localissuer", "github.com/zitadel/oidc/v3/pkg/op", true},
		{"identity-http", "shared/identity", "net/http", true},
		{"httpapi-service", "shared/httpapi", "shared/booking", true},
		{"httpapi-huma", "shared/httpapi", "github.com/danielgtaylor/huma/v2", true},
		{"consumer-queue", "shared/consumer", "shared/queue", true},
		{"app-adapter", "shared/app/alladapters", "shared/store/embedstore", true},
		{"app-config", "shared/app", "shared/config", true},
		{"host-app", "shared/host/serverhost", "shared/app", true},
		{"lambdahost-lambda", "shared/host/lambdahost", "github.com/aws/aws-lambda-go/lambda", true},
		{"program-host", "functions/server", "shared/host/serverhost", true},
		{"program-os", "functions/server", "os", true},
		{"suite-domain", "shared/store/storetest", "shared/booking", true},

		{"domain-http", "shared/catalog", "net/http", false},
		{"domain-http-part", "shared/catalog", "net/http/httptrace", false},
		{"domain-net", "shared/inventory", "net", false},
		{"domain-os", "shared/booking", "os", false},
		{"domain-logging", "shared/booking", "log/slog", false},
		{"domain-sql", "shared/booking", "database/sql", false},
		{"domain-sdk", "shared/booking", "github.com/hashicorp/golang-lru/v2", false},
		{"domain-ulid", "shared/booking", "github.com/oklog/ulid/v2", false},
		{"domain-each-other", "shared/catalog", "shared/booking", false},
		{"domain-back", "shared/inventory", "shared/booking", false},
		{"domain-queue", "shared/booking", "shared/queue", false},
		{"domain-identity", "shared/booking", "shared/identity", false},
		{"domain-telemetry", "shared/booking", "shared/telemetry", false},
		{"domain-config", "shared/booking", "shared/config", false},
		{"domain-adapter", "shared/booking", "shared/payment/testpay", false},
		{"fault-anything", "shared/fault", "shared/money", false},
		{"port-adapter", "shared/queue", "shared/queue/memqueue", false},
		{"port-domain", "shared/queue", "shared/booking", false},
		{"adapter-sibling", "shared/queue/memqueue", "shared/store/embedstore", false},
		{"adapter-config", "shared/store/embedstore", "shared/config", false},
		{"adapter-telemetry", "shared/store/embedstore", "shared/telemetry", false},
		{"adapter-foreign-port", "shared/payment/testpay", "shared/booking", false},
		{"adapter-second-sdk", "shared/store/embedstore", "go.mongodb.org/mongo-driver/v2/mongo", false},
		{"adapter-unnamed-sdk", "shared/queue/memqueue", "github.com/google/uuid", false},
		{"adapter-suite", "shared/store/embedstore", "shared/store/storetest", false},
		{"httpapi-adapter", "shared/httpapi", "shared/store/embedstore", false},
		{"httpapi-issuer", "shared/httpapi", "shared/identity/localissuer", false},
		{"httpapi-host", "shared/httpapi", "shared/host/serverhost", false},
		{"httpapi-app", "shared/httpapi", "shared/app", false},
		{"httpapi-config", "shared/httpapi", "shared/config", false},
		{"consumer-adapter", "shared/consumer", "shared/queue/memqueue", false},
		{"host-adapter", "shared/host/serverhost", "shared/store/embedstore", false},
		{"serverhost-lambda", "shared/host/serverhost", "github.com/aws/aws-lambda-go/lambda", false},
		{"app-lambda", "shared/app", "github.com/awslabs/aws-lambda-go-api-proxy/httpadapter", false},
		{"anybody-prometheus", "shared/httpapi", "github.com/prometheus/client_golang/prometheus", false},
		{"telemetry-prometheus", "shared/telemetry", "github.com/prometheus/client_golang/prometheus", false},
		{"app-metrics", "shared/app", "shared/telemetry/promexport", false},
		{"aws-metrics", "shared/app/awsadapters", "shared/telemetry/promexport", false},
		{"all-metrics", "shared/app/alladapters", "shared/telemetry/promexport", true},
		{"metrics-telemetry", "shared/telemetry/promexport", "shared/telemetry", true},
		{"metrics-app", "shared/telemetry/promexport", "shared/app", false},
		{"anybody-sqlite", "shared/app", "modernc.org/sqlite", false},
		{"config-anything", "shared/config", "shared/fault", false},
		{"program-domain", "functions/server", "shared/booking", false},
		{"program-adapter", "functions/server", "shared/store/embedstore", false},
		{"program-program", "shared/app", "functions/server", false},
		{"program-strings", "functions/server", "strings", false},
		{"tool-handlers", "shared/seed", "shared/httpapi", false},
		{"tests-in-programs", "shared/app", "shared/testenv", false},
		{"new-package", "shared/app", "shared/unheard", false},
		{"new-package-from", "shared/unheard", "fmt", false},
		{"new-adapter", "shared/unheard/of", "fmt", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			to := tc.to
			if strings.HasPrefix(to, "shared/") || strings.HasPrefix(to, "functions/") {
				to = archtest.Module + "/" + to
			}
			if why := archtest.Import(archtest.Module+"/"+tc.from, to); (why == "") != tc.allowed {
				t.Errorf("Import(%s, %s): got %q, want allowed %t", tc.from, tc.to, why, tc.allowed)
			}
		})
	}
}

func TestFile(t *testing.T) {
	const m = archtest.Module
	for _, tc := range []struct {
		name, file, source string
		want               string // a part of the first complaint; empty: none
	}{
		{"plain", "shared/catalog/x.go", "package catalog\nimport \"fmt\"\nvar X = fmt.Sprint()", ""},
		{"forbidden-import", "shared/catalog/x.go", "package catalog\nimport _ \"net/http\"", "x.go:2: imports net/http: the domain does not reach outside"},
		{"import-under-a-build-tag", "shared/catalog/x_windows.go", "//go:build windows\npackage catalog\nimport _ \"os\"", "imports os"},
		{"test-imports-more", "shared/catalog/x_test.go", "package catalog_test\nimport _ \"" + m + "/shared/store/embedstore\"", ""},
		{"elsewhere", "tools/x.go", "package tools", "Go lives in functions/ and shared/ only"},
		{"at-the-root", "x.go", "package x", "Go lives in functions/ and shared/ only"},
		{"too-deep", "shared/store/embedstore/sql/x.go", "package sql", "at most one technology"},
		{"library-in-functions", "functions/server/x.go", "package server", "functions/ holds programs"},
		{"program-in-shared", "shared/load/x.go", "package main\nfunc main() {}", "programs belong below functions/"},
		{"empty-name", "shared/catalog/x.go", "package utils", "says nothing"},
		{"init", "shared/catalog/x.go", "package catalog\nfunc init() {}", "func init"},
		{"method-init", "shared/catalog/x.go", "package catalog\ntype T int\nfunc (T) init() {}", ""},
		{"environment", "shared/app/x.go", "package app\nimport \"os\"\nvar X = os.Getenv(\"X\")", "only config reads the environment"},
		{"environment-in-a-value", "shared/app/x.go", "package app\nimport \"os\"\nvar X = os.LookupEnv", "only config reads the environment"},
		{"environment-renamed", "shared/app/x.go", "package app\nimport o \"os\"\nvar X = o.Environ()", "only config reads the environment"},
		{"environment-by-syscall", "shared/app/x.go", "package app\nimport \"syscall\"\nvar X, _ = syscall.Getenv(\"X\")", "only config reads the environment"},
		{"environment-in-a-test", "shared/app/x_test.go", "package app_test\nimport \"os\"\nvar X = os.Getenv(\"X\")", "only config reads the environment"},
		{"environment-passed-on-by-a-test", "shared/app/x_test.go", "package app_test\nimport \"os\"\nvar X = os.Environ()", ""},
		{"environment-in-testmain", "shared/app/x_test.go", "package app_test\nimport \"os\"\nfunc TestMain() { os.Getenv(\"PART\") }", ""},
		{"environment-beside-testmain", "shared/app/x_test.go", "package app_test\nimport \"os\"\nfunc TestMain() {}\nvar X = os.Getenv(\"X\")", "only config reads the environment"},
		{"environment-in-main", "functions/server/main.go", "package main\nimport \"os\"\nfunc main() { println(os.Getenv) }", ""},
		{"environment-in-testenv", "shared/testenv/x.go", "package testenv\nimport \"os\"\nvar X = os.Getenv(\"X\")", ""},
		{"other-use-of-os", "shared/app/x.go", "package app\nimport \"os\"\nvar X = os.Stderr", ""},
		{"main-that-decides", "functions/server/main.go", "package main\nfunc main() { if true { println() } }", "a program decides nothing"},
		{"main-that-is-long", "functions/server/main.go", "package main\nfunc main() {\n" + strings.Repeat("println()\n", 13) + "}", "16 lines"},
		{"main-with-comments", "functions/server/main.go", "// Command server\n" + strings.Repeat("// and more\n", 30) + "package main\nfunc main() {}", ""},
		{"tagged-test", "shared/app/x_test.go", "//go:build integration\npackage app_test", "build tag"},
		{"sleeping-test", "shared/app/x_test.go", "package app_test\nimport \"time\"\nfunc f() { time.Sleep(1) }", "time.Sleep"},
		{"sleep-in-a-bubble", "shared/app/x_test.go", "package app_test\nimport (\n\"time\"\n_ \"testing/synctest\"\n)\nfunc f() { time.Sleep(1) }", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			wrong, err := archtest.File(tc.file, []byte(tc.source))
			if err != nil {
				t.Fatalf("File: got %v, want nil", err)
			}
			got := strings.Join(wrong, "\n")
			if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
				t.Errorf("File(%s): got %q, want %q", tc.file, got, tc.want)
			}
		})
	}
}
