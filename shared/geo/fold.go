package geo

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// letters are those that Unicode does not take apart into a plain letter and a mark.
var letters = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i", "&", " and ")

// words are abbreviations that names of cities are written with.
var words = map[string]string{"st": "saint", "ste": "sainte", "mt": "mount", "ft": "fort", "pt": "port"}

// fold brings a name to the form in which names are compared.
func fold(name string) string {
	name = strings.ToLower(name)
	if strings.IndexFunc(name, func(r rune) bool { return r > unicode.MaxASCII || r == '&' }) >= 0 {
		name = norm.NFD.String(letters.Replace(name))
	}
	out := make([]byte, 0, len(name)+8)
	begin := 0 // of the word that out ends with
	end := func() {
		if full, ok := words[string(out[begin:])]; ok {
			out = append(out[:begin], full...)
		}
		begin = len(out)
	}
	for _, r := range name {
		switch {
		case unicode.Is(unicode.Mn, r), r == '\'', r == '’', r == '.':
			// "O'Fallon" is written "OFallon", "D.C." "DC"
		case unicode.IsLetter(r), unicode.IsDigit(r):
			if begin == len(out) && begin > 0 {
				out = append(out, ' ')
				begin++
			}
			out = utf8.AppendRune(out, r)
		case begin < len(out):
			end()
		}
	}
	end()
	return string(out)
}
