import { releaseHold } from '../../api/gen/sdk.gen';
import type { WantItem } from '../../api/gen/types.gen';
import { now } from '../../lib/clock';
import { asProblem } from '../../lib/problem';
import { type Purchase, startPurchase } from '../../lib/purchase';
import { itemsOf, type Selection } from './selection';

const signature = (items: WantItem[], together: boolean): string =>
  JSON.stringify([
    together,
    ...items
      .map(({ ticketTypeId, quantity, seats }) => [
        ticketTypeId,
        seats?.length ? seats.map((s) => [s.sectionId, s.row, s.number].join('/')).sort() : quantity,
      ])
      .map((item) => JSON.stringify(item))
      .sort(),
  ]);

/** Whether a purchase still keeps its places. */
export const keeps = (purchase: Purchase | undefined): boolean =>
  !!purchase?.hold && !purchase.bookingId && Date.parse(purchase.hold.expiresAt) > now();

/**
 * The purchase that a choice leads to: the one before, if nothing changed and it still keeps its places, else another. What
 * the one before keeps is let go first, so that it stands in nobody's way. Throws a Problem where that does not work.
 */
export const proceed = async (eventId: string, selection: Selection, before: Purchase | undefined): Promise<Purchase> => {
  const items = itemsOf(selection);
  const together = selection.counts.some((c) => c.seated);
  if (before?.hold && keeps(before)) {
    if (signature(before.items, before.together) === signature(items, together)) return before;
    try {
      await releaseHold({ path: { token: before.hold.token } });
    } catch (thrown) {
      if (asProblem(thrown).status !== 404) throw thrown;
    }
  }
  return startPurchase(eventId, items, together);
};
