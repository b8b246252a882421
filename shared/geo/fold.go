package geo

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// letters are those that Unicode does not take apart into a plain letter and a mark.
var letters = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i", "&", " and ")

// words are abbreviations that names of cities are written with.
var words = map[string]string{"st": "saint", "ste": "sainte", "mt": "mount", "ft": "fort", "pt": "port"}

// fold brings a name to the form in which names are compared.
func fold(name string) string {
	var b strings.Builder
	word := func(w string) {
		if full, ok := words[w]; ok {
			w = full
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
	var w []rune
	for _, r := range norm.NFD.String(letters.Replace(strings.ToLower(name))) {
		switch {
		case unicode.Is(unicode.Mn, r), r == '\'', r == '’', r == '.':
			// "O'Fallon" is written "OFallon", "D.C." "DC"
		case unicode.IsLetter(r), unicode.IsDigit(r):
			w = append(w, r)
		case len(w) > 0:
			word(string(w))
			w = w[:0]
		}
	}
	if len(w) > 0 {
		word(string(w))
	}
	return b.String()
}
