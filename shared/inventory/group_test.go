package inventory_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
)

func TestGroup_JSON(t *testing.T) {
	event, _ := id.Parse("", "01JD3XW0T6Q6KZJ1J0N3V0Z2M4")
	var highest id.Raw
	for i := range highest {
		highest[i] = 0xFF
	}
	for _, tc := range []struct {
		name  string
		group inventory.Group
		want  string
	}{
		{"usual", inventory.Group{Block: inventory.BlockID{Event: event, Section: 4, Number: 17}, Slots: 0b110}, `"01JD3XW0T6Q6KZJ1J0N3V0Z2M40417:6"`},
		{"zero", inventory.Group{}, `"00000000000000000000000000000:0"`},
		{
			"largest",
			inventory.Group{Block: inventory.BlockID{Event: highest, Section: 99, Number: 15624}, Slots: math.MaxUint64},
			`"7ZZZZZZZZZZZZZZZZZZZZZZZZZ9915624:ffffffffffffffff"`,
		},
		{
			"of-no-layout",
			inventory.Group{Block: inventory.BlockID{Event: event, Section: 100, Number: -1}, Slots: 1},
			`{"Block":{"Event":"01JD3XW0T6Q6KZJ1J0N3V0Z2M4","Section":100,"Number":-1},"Slots":1}`,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			doc, err := json.Marshal(tc.group)
			if err != nil || string(doc) != tc.want {
				t.Errorf("Marshal: got %s and %v, want %s", doc, err, tc.want)
			}
			var got inventory.Group
			if err := json.Unmarshal(doc, &got); err != nil || got != tc.group {
				t.Errorf("Unmarshal %s: got %+v and %v, want %+v", doc, got, err, tc.group)
			}
			type whole inventory.Group // as it was stored before
			if doc, err = json.Marshal(whole(tc.group)); err != nil {
				t.Fatal(err)
			}
			got = inventory.Group{}
			if err := json.Unmarshal(doc, &got); err != nil || got != tc.group {
				t.Errorf("Unmarshal %s: got %+v and %v, want %+v", doc, got, err, tc.group)
			}
		})
	}
}

func TestGroup_UnmarshalJSON_RefusesWhatIsNone(t *testing.T) {
	for _, doc := range []string{
		`""`, `":"`, `7`, `"01JD3XW0T6Q6KZJ1J0N3V0Z2M40417"`, `"01JD3XW0T6Q6KZJ1J0N3V0Z2M404:6"`, `"01JD3XW0T6Q6KZJ1J0N3V0Z2M40417:"`,
		`"01jd3xw0t6q6kzj1j0n3v0z2m40417:6"`, `"01JD3XW0T6Q6KZJ1J0N3V0Z2M4-417:6"`, `"01JD3XW0T6Q6KZJ1J0N3V0Z2M404-7:6"`,
		`"01JD3XW0T6Q6KZJ1J0N3V0Z2M40417:6:1"`, `"01JD3XW0T6Q6KZJ1J0N3V0Z2M40417:10000000000000000"`, `{"Slots":"x"}`,
	} {
		var g inventory.Group
		if err := json.Unmarshal([]byte(doc), &g); err == nil || g != (inventory.Group{}) {
			t.Errorf("Unmarshal %s: got %+v and %v, want an error", doc, g, err)
		}
	}
}
