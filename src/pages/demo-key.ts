/** Which key a page may show: the demo's, while it is the one that everybody knows anyway. */
import { type Config, WELL_KNOWN_KEY } from '../config/config.js';

export function demoKey(config: Pick<Config, 'publicKey'>, demo: boolean): string | undefined {
  return demo && config.publicKey === WELL_KNOWN_KEY ? WELL_KNOWN_KEY : undefined;
}
