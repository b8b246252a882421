package localissuer

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"

	"golang.org/x/text/language"
)

//go:embed texts
var textFiles embed.FS

// speech is what the pages say in one language.
type speech struct {
	Lang, Dir string // as HTML names them
	tag       language.Tag
	texts     map[string]string
}

// speeches are the languages of the pages, those of the web application; the first is for whoever knows none of them.
var speeches = func() (all []speech) {
	for _, tag := range []language.Tag{
		language.English, language.Spanish, language.French, language.German, language.Portuguese, language.Arabic,
	} {
		s := speech{Lang: tag.String(), Dir: "ltr", tag: tag}
		if script, _ := tag.Script(); script.String() == "Arab" {
			s.Dir = "rtl"
		}
		file, err := textFiles.ReadFile("texts/" + s.Lang + ".json")
		if err == nil {
			err = json.Unmarshal(file, &s.texts)
		}
		if err != nil {
			panic(err) // the files are part of the program
		}
		all = append(all, s)
	}
	return all
}()

var english = speeches[0]

var speechTags = func() (tags []language.Tag) {
	for _, s := range speeches {
		tags = append(tags, s.tag)
	}
	return tags
}()

var speechMatcher = language.NewMatcher(speechTags)

// T returns a text, its verbs filled in as by fmt.Sprintf. Its errors are for templates; a test finds every text there.
func (s speech) T(key string, args ...any) (string, error) {
	text, ok := s.texts[key]
	if !ok {
		return "", fmt.Errorf("no text %s in %s", key, s.Lang)
	}
	if len(args) > 0 {
		text = fmt.Sprintf(text, args...)
	}
	return text, nil
}

// say is T where the key is the program's own.
func (s speech) say(key string, args ...any) string {
	text, err := s.T(key, args...)
	if err != nil {
		return key
	}
	return text
}

// matchSpeech returns the language that serves best whoever would like one of these, the most wanted first; false where
// none serves.
func matchSpeech(wanted []language.Tag) (speech, bool) {
	_, n, confidence := speechMatcher.Match(wanted...)
	return speeches[n], confidence > language.No
}

const maxLocales = 10 // of those that a page is asked for; the rest is not looked at

// speechFor chooses a page's language: of uiLocales, as OpenID Connect spells them, else of the browser's acceptLanguage,
// else English.
func speechFor(uiLocales, acceptLanguage string) speech {
	var wanted []language.Tag
	for i, name := range strings.Fields(uiLocales) {
		if tag, err := language.Parse(name); err == nil && i < maxLocales {
			wanted = append(wanted, tag)
		}
	}
	if s, ok := matchSpeech(wanted); ok {
		return s
	}
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		wanted = nil
	}
	s, _ := matchSpeech(wanted)
	return s
}

// complaint is what is wrong with a field of a form: the key of a text, and what the text names.
type complaint struct {
	field, text string
	args        []any
}
