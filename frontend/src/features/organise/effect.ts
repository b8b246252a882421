import type { SalesFigures } from '../../api/gen/types.gen';

/** Whom a change of an event concerns. */
export interface Effect {
  /** Undefined: nothing was ever sold, or it is not known yet. */
  sales: SalesFigures | undefined;
  /** Confirmed bookings, as far as they were read. */
  bookings: number;
  /** Whether that is all of them. */
  complete: boolean;
}

/** Whether somebody has tickets. */
export const concernsBuyers = (effect: Effect): boolean => (effect.sales?.sold ?? 0) > 0;

/** Whether a person typed the name that is meant: spaces around it and capitals do not matter. */
export const isNamed = (typed: string, name: string): boolean =>
  typed.normalize('NFC').trim().toLocaleLowerCase() === name.normalize('NFC').trim().toLocaleLowerCase();
