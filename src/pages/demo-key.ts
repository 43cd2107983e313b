/** The key that a page may show: the demo's, if it is the well-known one. */

import { type Config, WELL_KNOWN_KEY } from '../config/config.js';

/** Stands in examples where the reader's own key belongs. */
export const PLACEHOLDER_KEY = 'YOUR_KEY';

export function demoKey(config: Pick<Config, 'publicKey'>, demo: boolean): string | undefined {
  return demo && config.publicKey === WELL_KNOWN_KEY ? WELL_KNOWN_KEY : undefined;
}
