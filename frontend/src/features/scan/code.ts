// Codes of tickets as the server makes them: base 32 in Crockford's alphabet. The full form, in QR codes, is signed; the short
// one, for typing, ends in a check that only the server can make.

const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const prefix = 'ME1-';
const saidBytes = 28; // key id 1, user 16, hold 8, ticket number 1, rotation 2
const signatureBytes = 64; // Ed25519
const shortBytes = 15; // key id 1, hold 8, ticket number 1, rotation 1, check 4
const longest = 512; // characters; what is longer is no ticket's

export interface TicketCode {
  /** As it is sent to the server. */
  text: string;
  /** Which ticket it is, in both forms: hold id and number. */
  ticket: string;
  /** Half of the above: which booking. */
  hold: string;
  /** Of the ticket in its booking, from 0. */
  number: number;
  /** Raised whenever the ticket is renamed. */
  rotation: number;
  /** Absent from the short form. */
  proof?: { keyId: number; said: Uint8Array<ArrayBuffer>; signature: Uint8Array<ArrayBuffer> };
}

const charactersOf = (bytes: number) => Math.ceil((bytes * 8) / 5);

/** Undefined for what base 32 would not have written. */
export const decodeBase32 = (text: string): Uint8Array<ArrayBuffer> | undefined => {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let bits = 0;
  let value = 0;
  let at = 0;
  for (const character of text) {
    const digit = digits.indexOf(character);
    if (digit < 0) return undefined;
    value = ((value << 5) | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at] = (value >> bits) & 0xff;
      at += 1;
    }
  }
  return (value & ((1 << bits) - 1)) === 0 ? bytes : undefined;
};

const hex = (bytes: Uint8Array) => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');

/** The name of a ticket on this device. */
export const ticketName = (hold: string, number: number): string => `${hold}.${number}`;

/** The hold id in a booking's id, "bkg_" and user 16, hold 8; undefined for what is none. */
export const holdOf = (bookingId: string): string | undefined => {
  const bytes = bookingId.startsWith('bkg_') ? decodeBase32(bookingId.slice(4)) : undefined;
  return bytes?.length === 24 ? hex(bytes.subarray(16)) : undefined;
};

/** Reads what a camera, a scanner or a person gave; undefined for what is no ticket's code. */
export const readCode = (given: string): TicketCode | undefined => {
  const text = given.trim().toUpperCase();
  if (text.length > longest) return undefined;
  if (text.startsWith(prefix)) {
    const rest = text.slice(prefix.length);
    const bytes = rest.length === charactersOf(saidBytes + signatureBytes) ? decodeBase32(rest) : undefined;
    if (!bytes) return undefined;
    const said = bytes.slice(0, saidBytes);
    const view = new DataView(said.buffer);
    const hold = hex(said.subarray(17, 25));
    const number = view.getUint8(25);
    return {
      text,
      hold,
      number,
      ticket: ticketName(hold, number),
      rotation: view.getUint16(26),
      proof: { keyId: view.getUint8(0), said, signature: bytes.slice(saidBytes) },
    };
  }
  // As typed: O is 0, I and L are 1, and neither spaces nor dashes matter.
  const typed = text.replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  const bytes = typed.length === charactersOf(shortBytes) ? decodeBase32(typed) : undefined;
  if (!bytes) return undefined;
  const hold = hex(bytes.subarray(1, 9));
  const number = bytes[9] ?? 0;
  return { text: groups(typed), hold, number, ticket: ticketName(hold, number), rotation: bytes[10] ?? 0 };
};

const groups = (text: string) => text.match(/.{1,4}/g)?.join('-') ?? '';
