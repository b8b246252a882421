package storetest_test

import (
	"fmt"
	"reflect"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/myevents/myevents/shared/store/storetest"
)

func TestRun_passesOnTheReferenceEngine(t *testing.T) {
	storetest.Run(t, storetest.Harness{Open: func(*testing.T) storetest.Stores { return newMemory("").stores() }})
}

func TestRun_passesOnAnEngineWithLess(t *testing.T) {
	storetest.Run(t, storetest.Harness{StreamOutbox: true, Scale: 8, Open: func(*testing.T) storetest.Stores {
		m := newMemory("")
		return storetest.Stores{Catalog: m, Booking: m}
	}})
}

// TestRun_waitsForReadsThatMayLag runs all that has to do with the index on an engine that shows it a second late.
func TestRun_waitsForReadsThatMayLag(t *testing.T) {
	lagging := regexp.MustCompile(`^(search|entry|entries|count|pages)-`)
	for _, name := range storetest.Names() {
		if !lagging.MatchString(name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				storetest.RunFact(t, storetest.Harness{Lag: 2 * time.Second}, newMemory("index-lags-by-a-second").stores(), name)
			})
		})
	}
}

func TestRun_namesAreFactsInKebabCase(t *testing.T) {
	kebab := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`)
	seen := map[string]bool{}
	for _, name := range storetest.Names() {
		if !kebab.MatchString(name) || seen[name] {
			t.Errorf("case %q: got a name that is not kebab-case or comes twice", name)
		}
		seen[name] = true
	}
}

// TestRun_samplesSetEveryField fails when a record gains a field that the suite would not miss if an engine lost it.
func TestRun_samplesSetEveryField(t *testing.T) {
	// Told and stored apart from the record.
	apart := map[string]bool{"Event.Availability": true}
	for _, sample := range storetest.Samples(t) {
		v := reflect.ValueOf(sample)
		for i := range v.NumField() {
			name := fmt.Sprintf("%s.%s", v.Type().Name(), v.Type().Field(i).Name)
			if v.Field(i).IsZero() && !apart[name] {
				t.Errorf("sample %s: got a zero value, want one that shows when it is lost", name)
			}
			if inner := v.Field(i); inner.Kind() == reflect.Struct && v.Type().Field(i).Anonymous {
				for k := range inner.NumField() {
					if inner.Field(k).IsZero() {
						t.Errorf("sample %s.%s: got a zero value, want one that shows when it is lost", name, inner.Type().Field(k).Name)
					}
				}
			}
		}
	}
}
