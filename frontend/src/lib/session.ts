import { useSyncExternalStore } from 'react';
import { Problem } from './problem';
import { dropStored, readStored, writeStored } from './storage';

/** What a person may do; each includes going out, admin includes all. */
export type Role = 'attendee' | 'organiser' | 'staff' | 'admin';

export interface Person {
  id: string;
  email: string;
  name: string;
  roles: Role[];
  organisations: string[];
}

/**
 * Who uses this browser. Tokens are in memory only, so that a page that was loaded anew knows the person (remembered) but has
 * no token until the issuer, which has a session of its own, gives another: at once and without a question.
 */
export interface Session {
  status: 'out' | 'remembered' | 'in' | 'expired' | 'leaving';
  person?: Person;
}

const storedPerson = 'person';

const remembered = (): Session => {
  const person = readStored<Person>(storedPerson);
  return person ? { status: 'remembered', person } : { status: 'out' };
};

let session: Session = remembered();
let token: string | undefined;
const listeners = new Set<() => void>();

const set = (next: Session) => {
  session = next;
  for (const tell of listeners) tell();
};

export const currentSession = (): Session => session;

const subscribe = (tell: () => void) => {
  listeners.add(tell);
  return () => {
    listeners.delete(tell);
  };
};

export const useSession = (): Session => useSyncExternalStore(subscribe, currentSession);

export const hasRole = (person: Person | undefined, ...roles: Role[]): boolean =>
  !!person && (person.roles.includes('admin') || roles.some((r) => person.roles.includes(r)));

/** The bearer token, if this page has one. */
export const accessToken = (): string | undefined => token;

export const setToken = (value: string | undefined): void => {
  token = value;
};

/** Called with a fresh token and whose it is. */
export const signedIn = (value: string, person: Person): void => {
  token = value;
  writeStored(storedPerson, person);
  set({ status: 'in', person });
};

/** The token was refused and could not be renewed: what the page shows stays, and asks to sign in again. */
export const sessionExpired = (): void => {
  token = undefined;
  if (session.person) set({ status: 'expired', person: session.person });
};

/** Forgets the person, while the browser is on its way to the issuer to sign out there: no page asks to sign in meanwhile. */
export const signingOut = (): void => {
  token = undefined;
  dropStored(storedPerson);
  set({ status: 'leaving' });
};

/** Changes what is shown of the person, after they changed it themselves. */
export const personChanged = (person: Person): void => {
  writeStored(storedPerson, person);
  set({ ...session, person });
};

/** For tests, and for other tabs that signed out. */
export const forgetSession = (): void => {
  token = undefined;
  set(remembered());
};

if (typeof window !== 'undefined') {
  window.addEventListener('storage', (e) => {
    if (e.key?.endsWith(`.${storedPerson}`) && !readStored(storedPerson)) forgetSession();
  });
}

/** Throws what the API would say to somebody without a token. */
export const requireToken = (): string => {
  if (!token) throw new Problem(401, { code: 'unauthenticated' });
  return token;
};
