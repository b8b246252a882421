import type { TicketKey } from '../../api/gen/types.gen';
import type { TicketCode } from './code';

const algorithm = { name: 'Ed25519' };

const bytesOf = (base64url: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));

type Verify = (
  key: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
  said: Uint8Array<ArrayBuffer>,
) => Promise<boolean>;

const native: Verify = async (key, signature, said) => {
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['verify']);
  return crypto.subtle.verify(algorithm, imported, signature, said);
};

let chosen: Promise<Verify> | undefined;

const choose = async (): Promise<Verify> => {
  try {
    await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
    return native;
  } catch {
    // Browsers before Chrome 137, Firefox 130 and Safari 17, of which doors still have many.
    const { verifyAsync } = await import('@noble/ed25519');
    return (key, signature, said) => verifyAsync(signature, said, key);
  }
};

/** Finds out how this browser verifies, while there is a network to load what it lacks. */
export const prepareSignatures = (): Promise<unknown> => {
  chosen ??= choose();
  chosen.catch(() => {
    chosen = undefined;
  });
  return chosen;
};

/** Whether a code was signed by one of the keys. */
export const isGenuine = async (proof: NonNullable<TicketCode['proof']>, keys: readonly TicketKey[]): Promise<boolean> => {
  const key = keys.find((k) => Number(k.kid) === proof.keyId);
  if (!key) return false;
  await prepareSignatures();
  const verify = await chosen;
  try {
    return (await verify?.(bytesOf(key.x), proof.signature, proof.said)) ?? false;
  } catch {
    return false; // a key or a signature that is none
  }
};
