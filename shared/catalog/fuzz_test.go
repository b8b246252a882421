package catalog_test

import (
	"testing"
	"unicode/utf8"

	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
)

func FuzzCursor(f *testing.F) {
	f.Add(uint64(1), "", "", "")
	f.Add(uint64(1<<63), "AQ", "2027-01-01T00:00:00.000Z", "evt_1")
	f.Add(uint64(7), catalog.EncodeCursor(7, catalog.Position{Sort: "a", ID: "b"}), "zürich", "loc_1")
	f.Fuzz(func(t *testing.T, query uint64, garbage, sort, id string) {
		p, err := catalog.DecodeCursor(query, garbage)
		switch {
		case err == nil:
			if again := catalog.EncodeCursor(query, p); again != garbage && len(again) > len(garbage) {
				t.Errorf("decoded %q: encodes longer, as %q", garbage, again)
			}
			if _, err := catalog.DecodeCursor(query+1, garbage); err == nil {
				t.Errorf("cursor %q: got nil for another query, want an error", garbage)
			}
		case !fault.Is(err, fault.Invalid):
			t.Errorf("cursor %q: got %v, want invalid", garbage, err)
		}
		want := catalog.Position{Sort: sort, ID: id}
		got, err := catalog.DecodeCursor(query, catalog.EncodeCursor(query, want))
		if err == nil && got != want {
			t.Errorf("round trip: got %+v, want %+v", got, want)
		}
	})
}

func FuzzWords(f *testing.F) {
	for _, seed := range []string{"", "Mamma Mia!", "Straße ŁÓDŹ", "東京ドームLive", "서울", "\xff\xfe", "e\u0301\u0301", "ﷺ", "𝔘𝔫𝔦", "हिन्दी", "İstanbul ı"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		have := catalog.Words(text)
		if len(have) > 200 {
			t.Fatalf("words: got %d, want at most 200", len(have))
		}
		for _, w := range have {
			if w == "" || utf8.RuneCountInString(w) > 64 || utf8.ValidString(text) && !utf8.ValidString(w) {
				t.Errorf("words of %q: got %q", text, w)
			}
		}
		tokens, match := catalog.Ask(text, true)
		if len(tokens) > 8 {
			t.Errorf("query tokens: got %d, want at most 8", len(tokens))
		}
		if all := catalog.Split(text); len(all) != len(have) && len(have) == 200 {
			return // more words than are looked at
		}
		// Whatever has a text finds itself by it.
		if !match(have) {
			t.Errorf("%q does not match its own words %q", text, have)
		}
		own := map[string]bool{}
		for _, token := range catalog.WordTokens(have, true) {
			own[token] = true
		}
		for _, token := range tokens {
			if !own[token] {
				t.Errorf("%q asks for %q, which it has not itself", text, token)
			}
		}
	})
}
