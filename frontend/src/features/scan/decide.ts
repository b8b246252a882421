import type { CheckIn, DoorTicket, Event } from '../../api/gen/types.gen';
import type { TicketCode } from './code';
import type { DoorIndex } from './list';

/** "unsure" is a genuine code that this device cannot place: whoever is at the door decides. */
export type Result = CheckIn['result'] | 'unsure';

export type Reason =
  | NonNullable<CheckIn['reason']>
  /** Not in the form of our codes at all. */
  | 'notACode'
  /** This account may not admit to this event. */
  | 'notAllowed'
  /** Of another event, or bought since the list was read. */
  | 'notListed'
  /** There is no list on this device. */
  | 'noList';

/** What the door is told of a code. */
export interface Verdict {
  result: Result;
  reason?: Reason;
  /** When the ticket was first used, or else when it was scanned, in milliseconds since 1970. */
  at: number;
  name?: string;
  seat?: { section: string; row?: string; number: number };
  /** Decided on this device, without the server. */
  offline?: true;
}

/** The server's decision. */
export const verdictOf = ({ result, reason, at, attendee, seat }: CheckIn): Verdict => ({
  result,
  at: Date.parse(at),
  ...(reason && { reason }),
  ...(attendee?.name && { name: attendee.name }),
  ...(seat && { seat: placeOf(seat) }),
});

const placeOf = ({ section, row, number }: { section: string; row?: string; number: number }) => ({
  section,
  number,
  ...(row && { row }),
});

interface Known {
  event: Pick<Event, 'status' | 'doorsAt'>;
  index: DoorIndex;
  /** When this device let in the bearer of a ticket, by the ticket's name, in milliseconds since 1970. */
  here: ReadonlyMap<string, number>;
}

/**
 * Decides as the server would, by what this device knows; genuine says whether a signed code's signature is good. The short
 * form has no signature: its hold id, which nobody guesses, has to be on the list, and the server checks the rest later.
 */
export const decide = (code: TicketCode, genuine: boolean, known: Known | undefined, at: number): Verdict => {
  const decided = (result: Result, reason?: Reason, ticket?: DoorTicket, when = at): Verdict => ({
    result,
    at: when,
    offline: true,
    ...(reason && { reason }),
    ...(ticket?.name && { name: ticket.name }),
    ...(ticket && { seat: placeOf(ticket) }),
  });
  if (!known) return decided('unsure', 'noList');
  if (code.proof && !genuine) return decided('refused', 'forged');
  const tickets = known.index.tickets.get(code.hold);
  const ticket = tickets?.[code.number];
  const here = known.here.get(code.ticket);
  if (known.event.status === 'cancelled') return decided('refused', 'cancelled', ticket);
  if (tickets && !ticket) return decided('refused', 'forged');
  if (ticket?.status === 'cancelled') return decided('refused', 'cancelled', ticket);
  if (ticket && code.rotation < (ticket.rotation ?? 0)) return decided('refused', 'renewed', ticket);
  if (ticket?.checkedInAt) return decided('alreadyIn', undefined, ticket, Date.parse(ticket.checkedInAt));
  if (here !== undefined) return decided('alreadyIn', undefined, ticket, here);
  // A signature proves that a ticket was renamed since the list was read; a typed code proves nothing.
  if (!ticket || (!code.proof && code.rotation > (ticket.rotation ?? 0))) return decided('unsure', 'notListed');
  if (known.event.doorsAt && at < Date.parse(known.event.doorsAt)) return decided('refused', 'tooEarly', ticket);
  return decided('admitted', undefined, ticket);
};
