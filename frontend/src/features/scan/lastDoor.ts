import { readStored, writeStored } from '../../lib/storage';

const last = 'doorLast';

/** The event whose door this device opened last. */
export const lastDoor = (): string | undefined => readStored<string>(last);
export const rememberDoor = (eventId: string): void => writeStored(last, eventId);
