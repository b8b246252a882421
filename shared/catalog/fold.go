package catalog

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// fold brings a text to the form in which texts are compared: without regard to case, accents and width, and with the
// letters that people without them write otherwise.
func fold(v string) string {
	if folded, ok := foldASCII(v); ok {
		return folded
	}
	v = cases.Fold().String(norm.NFKD.String(v))
	var b strings.Builder
	for _, r := range v {
		switch {
		case unicode.Is(accents, r):
		case plain[r] != "":
			b.WriteString(plain[r])
		default:
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String()) // Hangul together again, which NFKD took apart
}

func foldASCII(v string) (string, bool) {
	for i := range len(v) {
		if v[i] >= utf8.RuneSelf {
			return "", false
		}
	}
	return strings.ToLower(v), true
}

// accents are the marks that are left out: those of the scripts in which they are. Elsewhere marks are vowels or make
// another consonant.
var accents = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x0300, Hi: 0x036F, Stride: 1}, // Latin, Greek, Cyrillic
	{Lo: 0x0591, Hi: 0x05BD, Stride: 1}, // Hebrew points
	{Lo: 0x05BF, Hi: 0x05BF, Stride: 1},
	{Lo: 0x05C1, Hi: 0x05C7, Stride: 1},
	{Lo: 0x0640, Hi: 0x0640, Stride: 1}, // Arabic: the stretcher, and vowels
	{Lo: 0x064B, Hi: 0x065F, Stride: 1},
	{Lo: 0x0670, Hi: 0x0670, Stride: 1},
	{Lo: 0x1AB0, Hi: 0x1AFF, Stride: 1},
	{Lo: 0x1DC0, Hi: 0x1DFF, Stride: 1},
	{Lo: 0x200B, Hi: 0x200F, Stride: 1}, // invisible: joiners, directions
	{Lo: 0x20D0, Hi: 0x20FF, Stride: 1},
	{Lo: 0xFE00, Hi: 0xFE2F, Stride: 1},
}}

// plain are letters that do not decompose, as they are written on other keyboards. (Folding already makes ß ss.)
var plain = map[rune]string{
	'ł': "l", 'ø': "o", 'đ': "d", 'ð': "d", 'æ': "ae", 'œ': "oe", 'þ': "th", 'ħ': "h", 'ı': "i",
	'ŋ': "n", 'ŧ': "t", 'ĸ': "k", 'ƒ': "f", 'ə': "e",
}

// The bounds of words: a longer one is cut, further ones are not looked at.
const (
	maxWordRunes  = 64
	maxEventWords = 200
)

// words returns the folded words of texts, each once, in order: runs of letters and digits. Where a dense script
// meets another, a word ends.
func words(texts ...string) []string {
	var all []string
	seen := map[string]bool{}
	for _, text := range texts {
		for _, w := range split(text) {
			if !seen[w] && len(all) < maxEventWords {
				seen[w] = true
				all = append(all, w)
			}
		}
	}
	return all
}

// split returns the folded words of a text as they come.
func split(text string) []string {
	var all []string
	text = fold(text)
	start, dense := -1, false
	for i, r := range text {
		mark := start >= 0 && unicode.IsMark(r)
		part := mark || unicode.IsLetter(r) || unicode.IsNumber(r)
		d := isDense(r) || mark && dense
		if start >= 0 && (!part || d != dense) {
			all = append(all, cut(text[start:i], maxWordRunes))
			start = -1
		}
		if part && start < 0 {
			start, dense = i, d
		}
	}
	if start >= 0 {
		all = append(all, cut(text[start:], maxWordRunes))
	}
	return all
}

// isDense reports whether a letter is of a script that is written without spaces, or in which single letters mean
// something: words of it are found by any part of them.
func isDense(r rune) bool {
	return r >= 0x1100 && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || r == 'ー')
}

func denseWord(w string) bool {
	r, _ := utf8.DecodeRuneInString(w)
	return isDense(r)
}

// cut returns the first n characters of a word.
func cut(w string, n int) string {
	if len(w) <= n {
		return w
	}
	for i := range w {
		if n == 0 {
			return w[:i]
		}
		n--
	}
	return w
}
