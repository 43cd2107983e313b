/** Whether responses may be kept for a caller, and what they are sealed with. */
import type { Sealing } from '../kept-responses/seal.js';
import type { Caller } from './request-context.js';

/** @returns `undefined` if no response may be kept for the caller's key */
export function findSealing(caller: Caller | undefined): (() => Sealing) | undefined {
  return caller?.managed?.rights.keepsResponses === false ? undefined : caller?.deriveSealing;
}
