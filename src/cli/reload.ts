/** SIGUSR2 reads UPSTREAMS_FILE again. What has problems changes nothing. */
import { type Config, ConfigError } from '../config/config.js';
import type { Gateway } from '../lifecycle.js';
import type { Logger } from '../logger.js';

/** What a reload needs of a gateway that has started. */
export interface Running {
  readonly gateway: Pick<Gateway, 'replaceUpstreams'>;
  readonly log: Pick<Logger, 'info' | 'error'>;
}

/**
 * To be called before anything else: without a listener the signal ends the process.
 * @param running Resolves once the gateway has started; signals wait for it, and for each other.
 * @param load Reads files and variables again; throws a ConfigError.
 */
export function reloadOnSignal(running: Promise<Running>, load: () => Config): void {
  // Windows has no such signal.
  if (process.platform === 'win32') return;
  let last: Promise<unknown> = running;
  process.on('SIGUSR2', () => {
    last = last.then(async () => {
      const { gateway, log } = await running;
      await reload(gateway, load, log);
    });
  });
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
