package httpapi_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/myevents/myevents/shared/httpapi"
)

var update = flag.Bool("update", false, "write docs/openapi.yaml anew")

const documentFile = "../../docs/openapi.yaml"

func TestOpenAPI_Document(t *testing.T) {
	_, got, err := httpapi.Document()
	if err != nil {
		t.Fatalf("Document: got %v, want nil", err)
	}
	if *update {
		if err := os.WriteFile(documentFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("docs/openapi.yaml: got another document than the code makes; run make openapi")
	}
}
