/** What the address of the seat choice says. */
export interface SeatsSearch {
  /** The section that is open. */
  section?: string;
  /** A purchase of lib/purchase whose places are to be chosen anew: its choice is where this one begins. */
  purchase?: string;
  /** Somebody else was quicker: says so kindly. */
  lost?: true;
}

export const parseSeats = (search: Record<string, unknown>): SeatsSearch => ({
  ...(typeof search.section === 'string' && { section: search.section }),
  ...(typeof search.purchase === 'string' && { purchase: search.purchase }),
  ...(!!search.lost && { lost: true as const }),
});
