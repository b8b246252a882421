package storetest_test

import (
	"math"
	"math/bits"
	"time"

	"github.com/myevents/myevents/shared/inventory"
)

// apply does a step, or what a planted bug makes of it.
func (m *memory) apply(s inventory.Step, b *inventory.Block) (bool, error) {
	own, was := b.Own(s.Slots, s.Hold), *b
	switch s.Op {
	case inventory.OpClaim:
		switch {
		case m.has("claim-ignores-expiry"):
			b.Taken &^= s.Slots &^ b.With(s.Slots, inventory.Sold)
		case m.has("claim-knows-no-grace"):
			s.Now = s.Now.Add(inventory.Grace)
		case m.has("claim-grace-is-a-second-short"):
			s.Now = s.Now.Add(time.Second)
		case m.has("claim-never-lapses"):
			s.Now = time.Time{}
		case m.has("claim-refuses-its-repeat") && own != 0:
			return false, inventory.ErrTaken
		case m.has("claim-moves-an-expiry-back"):
			for i := range b.Claims {
				if own&^b.With(own, inventory.Sold)&(1<<i) != 0 {
					b.Claims[i].Expires = s.Expires
				}
			}
		case m.has("claim-takes-what-it-can"):
			s.Slots = b.Free(s.Slots, s.Now) | own
		case m.has("claim-takes-sold-places"):
			b.Taken &^= b.With(s.Slots, inventory.Sold) &^ own
		case m.has("claim-takes-withheld-places"):
			b.Taken &^= b.With(s.Slots, inventory.Withheld)
		case m.has("claim-of-lapsed-places-alone") && own != s.Slots && b.Free(s.Slots, s.Now)&b.Taken != 0 && s.Slots&^b.Taken != 0:
			return false, inventory.ErrTaken
		case m.has("claim-holds-only-32-places"):
			s.Slots &= 1<<32 - 1
		case m.has("claim-repeated-on-a-closed-block-is-refused") && b.Closed:
			return false, inventory.ErrClosed
		case m.has("claim-revives-nothing") && own == s.Slots:
			return false, nil
		case m.has("claim-unsells-what-is-mine") && own != s.Slots && own|b.Free(s.Slots, s.Now) == s.Slots && !b.Closed:
			b.Taken &^= own
		case m.has("claim-overwrites-sold") && own == s.Slots:
			b.Taken &^= own
		case m.has("close-does-not-fence-claims"):
			b.Closed = false
		case m.has("refused-step-leaves-traces") && own|b.Free(s.Slots, s.Now) != s.Slots && !b.Closed:
			part := s
			part.Slots = b.Free(s.Slots, s.Now)
			_, _ = part.Apply(b)
			return false, inventory.ErrTaken
		}
	case inventory.OpConfirm:
		switch {
		case m.has("confirm-ignores-owner"):
			for i := range b.Claims {
				if s.Slots&b.Taken&(1<<i) != 0 {
					b.Claims[i].Hold = s.Hold
				}
			}
		case m.has("confirm-sells-free-places"):
			b.Taken |= s.Slots
			for i := range b.Claims {
				if s.Slots&^was.Taken&(1<<i) != 0 {
					b.Claims[i].Hold = s.Hold
				}
			}
		case m.has("confirm-accepts-sold-for-any") && b.With(s.Slots, inventory.Sold) == s.Slots:
			return false, nil
		case m.has("confirm-sells-what-it-can") && !b.Closed && own != 0:
			s.Slots = own
		case m.has("confirm-sells-the-whole-hold"):
			s.Slots |= b.Own(math.MaxUint64, s.Hold)
		case m.has("confirm-does-nothing") && own == s.Slots:
			return false, nil
		case m.has("confirm-needs-a-live-hold") && b.Free(s.Slots, s.Now) != 0:
			return false, inventory.ErrTaken
		case m.has("confirm-compares-the-hint"):
			for i, c := range b.Claims {
				if own&(1<<i) != 0 && c.Expires != s.Expires && c.Expires != inventory.Sold {
					return false, inventory.ErrTaken
				}
			}
		case m.has("confirm-refuses-its-repeat") && b.With(own, inventory.Sold) != 0:
			return false, inventory.ErrTaken
		case m.has("confirm-repeated-on-a-closed-block-is-refused") && b.Closed:
			return false, inventory.ErrClosed
		case m.has("confirm-shows-closed-before-taken") && b.Closed && own != s.Slots:
			return false, inventory.ErrClosed
		case m.has("close-does-not-fence-confirms"):
			b.Closed = false
		}
	case inventory.OpExtend:
		switch {
		case m.has("extend-moves-an-expiry-back"):
			for i := range b.Claims {
				if own == s.Slots && !b.Closed && own&^b.With(own, inventory.Sold)&(1<<i) != 0 {
					b.Claims[i].Expires = s.Expires
				}
			}
		case m.has("extend-unsells"):
			for i := range b.Claims {
				if own&(1<<i) != 0 && own == s.Slots && !b.Closed {
					b.Claims[i].Expires = s.Expires
				}
			}
		case m.has("extend-raises-the-whole-hold"):
			if own == s.Slots {
				s.Slots = b.Own(math.MaxUint64, s.Hold)
			}
		case m.has("extend-ignores-owner") && !b.Closed:
			for i := range b.Claims {
				if s.Slots&(1<<i) != 0 {
					b.Taken |= 1 << i
					b.Claims[i].Hold = s.Hold
				}
			}
		case m.has("extend-needs-a-live-hold") && b.Free(s.Slots, s.Now) != 0:
			return false, inventory.ErrTaken
		case m.has("extend-does-nothing") && own == s.Slots && !b.Closed:
			return false, nil
		case m.has("close-does-not-fence-extends"):
			b.Closed = false
		}
	case inventory.OpRelease:
		switch {
		case m.has("release-frees-anothers-places"):
			b.Taken &^= s.Slots
		case m.has("release-does-nothing"):
			return false, nil
		case m.has("release-leaves-lapsed-places"):
			s.Slots &^= b.Free(own, s.Now)
		case m.has("house-frees-withheld-places") && s.Hold == 0:
			b.Taken &^= b.With(s.Slots, inventory.Withheld)
		case m.has("release-refuses-what-is-not-mine") && own != s.Slots:
			return false, inventory.ErrTaken
		case m.has("release-leaves-sold-places"):
			s.Op = inventory.OpLetGo
		case m.has("release-refuses-on-a-closed-block") && b.Closed:
			return false, inventory.ErrClosed
		}
	case inventory.OpLetGo:
		switch {
		case m.has("let-go-frees-sold-places"):
			s.Op = inventory.OpRelease
		case m.has("let-go-frees-anothers-places"):
			b.Taken &^= s.Slots &^ b.With(s.Slots, inventory.Sold)
		case m.has("let-go-refuses-what-is-not-mine") && own != s.Slots:
			return false, inventory.ErrTaken
		case m.has("release-leaves-lapsed-places"):
			s.Slots &^= b.Free(own, s.Now)
		case m.has("let-go-does-nothing"):
			return false, nil
		case m.has("let-go-refuses-on-a-closed-block") && b.Closed:
			return false, inventory.ErrClosed
		case m.has("house-frees-withheld-places") && s.Hold == 0:
			b.Taken &^= b.With(s.Slots, inventory.Withheld)
		}
	case inventory.OpClose:
		if m.has("close-frees-held-places") {
			b.Taken &= b.With(b.Taken, inventory.Sold)
		}
	case inventory.OpWithhold:
		switch {
		case m.has("withhold-takes-held-places"):
			b.Taken &^= s.Slots &^ b.With(s.Slots, inventory.Sold)
		case m.has("withhold-takes-only-absent-places"):
			s.Slots &^= b.Taken
		case m.has("withhold-of-taken-places-is-refused") && b.Free(s.Slots, s.Now) == 0:
			return false, inventory.ErrTaken
		case m.has("withhold-refuses-on-a-closed-block") && b.Closed:
			return false, inventory.ErrClosed
		case m.has("withhold-is-all-or-nothing") && bits.OnesCount64(b.Free(s.Slots, s.Now)) != bits.OnesCount64(s.Slots):
			return false, nil
		}
	case inventory.OpOffer:
		switch {
		case m.has("offer-frees-held-places"):
			b.Taken &^= s.Slots &^ b.With(s.Slots, inventory.Sold)
		case m.has("offer-does-nothing"):
			return false, nil
		case m.has("offer-of-free-places-is-refused") && b.With(s.Slots, inventory.Withheld) != s.Slots:
			return false, inventory.ErrTaken
		}
	}
	changed, err := s.Apply(b)
	b.Closed = b.Closed || was.Closed
	return changed, err
}
