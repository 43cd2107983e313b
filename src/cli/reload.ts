/** SIGUSR2 reads UPSTREAMS_FILE again. What has problems changes nothing. */
import { type Config, ConfigError } from '../config/config.js';
import type { Gateway } from '../lifecycle.js';
import type { Logger } from '../logger.js';

/** @param load Reads files and variables again; throws a ConfigError. */
export function reloadOnSignal(
  gateway: Pick<Gateway, 'replaceUpstreams'>,
  load: () => Config,
  log: Pick<Logger, 'info' | 'error'>,
): void {
  // Windows has no such signal.
  if (process.platform === 'win32') return;
  process.on('SIGUSR2', () => void reload(gateway, load, log));
}

async function reload(
  gateway: Pick<Gateway, 'replaceUpstreams'>,
  load: () => Config,
  log: Pick<Logger, 'info' | 'error'>,
): Promise<void> {
  try {
    const config = load();
    if (config.upstreamsFile === undefined) {
      log.info('SIGUSR2: there is no UPSTREAMS_FILE to read again; other variables are read at a start only');
      return;
    }
    await gateway.replaceUpstreams(config);
    const names = config.upstreams.map(({ name }) => name).join(', ');
    log.info(`SIGUSR2: UPSTREAMS_FILE was read again (${config.upstreamsDigest}); upstreams: ${names}`);
  } catch (error) {
    const reason = error instanceof ConfigError ? error.message : String(error);
    log.error(`SIGUSR2: nothing was changed, the upstreams are as before. ${reason}`);
  }
}
