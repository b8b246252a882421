package seed_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/myevents/myevents/shared/apiclient/apitest"
	"github.com/myevents/myevents/shared/seed"
)

func TestArtwork_EveryEventHasItsOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	slugs := append([]string{}, apitest.Categories...)
	for _, e := range demo(t, today).Events {
		slugs = append(slugs, strings.TrimSuffix(strings.TrimPrefix(e.ImageURL, "/art/"), ".svg"))
	}
	outside := regexp.MustCompile(`(?i)script|style|href|<image|<text|<foreign|url\((?:"|')?[^#]|\son\w+=|NaN|Inf|%!`)
	for _, slug := range slugs {
		svg, ok := seed.Artwork(slug)
		if !ok {
			t.Errorf("Artwork(%s): got none", slug)
			continue
		}
		if other, same := seen[string(svg)]; same {
			t.Errorf("Artwork(%s): is that of %s", slug, other)
		}
		seen[string(svg)] = slug
		if len(svg) > 24<<10 {
			t.Errorf("Artwork(%s): has %d bytes, want 24 kB at most", slug, len(svg))
		}
		if bad := outside.Find(svg); bad != nil {
			t.Errorf("Artwork(%s): has %q in it", slug, bad)
		}
		if err := wellFormed(svg); err != nil {
			t.Errorf("Artwork(%s): %v", slug, err)
		}
	}
}

func wellFormed(svg []byte) error {
	d := xml.NewDecoder(bytes.NewReader(svg))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestArtwork_Unknown(t *testing.T) {
	t.Parallel()
	for _, slug := range []string{"", "nothing", "concert.svg", "../concert", "CONCERT"} {
		if _, ok := seed.Artwork(slug); ok {
			t.Errorf("Artwork(%q): got one, want none", slug)
		}
	}
}

// Pictures are cached by their content; changing them is fine, by accident it is not.
func TestArtwork_StaysTheSame(t *testing.T) {
	t.Parallel()
	h := sha256.New()
	for _, category := range apitest.Categories {
		svg, _ := seed.Artwork(category)
		_, _ = h.Write(svg)
	}
	const want = "0878777a2aa0a718"
	if got := hex.EncodeToString(h.Sum(nil)[:8]); got != want {
		t.Errorf("Artwork of all categories: got %s, want %s", got, want)
	}
}
