import 'i18next';
import type account from '../locales/en/account.json';
import type bookings from '../locales/en/bookings.json';
import type checkout from '../locales/en/checkout.json';
import type common from '../locales/en/common.json';
import type discover from '../locales/en/discover.json';
import type event from '../locales/en/event.json';
import type locations from '../locales/en/locations.json';
import type organise from '../locales/en/organise.json';
import type scan from '../locales/en/scan.json';
import type seats from '../locales/en/seats.json';
import type ticket from '../locales/en/ticket.json';

// The English texts say which keys there are; the compiler checks every use.
declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: {
      account: typeof account;
      bookings: typeof bookings;
      checkout: typeof checkout;
      common: typeof common;
      discover: typeof discover;
      event: typeof event;
      locations: typeof locations;
      organise: typeof organise;
      scan: typeof scan;
      seats: typeof seats;
      ticket: typeof ticket;
    };
  }
}
