/** The gateway as a process: reads the configuration, starts, prints what is running, drains on signals. */
import { fileURLToPath } from 'node:url';
import { type Running, reloadOnSignal } from './cli/reload.js';
import { orExplain, stopOnSignals } from './cli/run.js';
import { startReport } from './cli/start-report.js';
import { type Config, ConfigError, loadConfig, WELL_KNOWN_KEY } from './config/config.js';
import {
  describeUnknownNames,
  quotedNames,
  type ReadEnvironment,
  readEnvironment,
} from './config/environment.js';
import { KNOWN_NAMES } from './config/variables/variables.js';
import { quotesWarning, startWarnings } from './doctor/warnings.js';
import { createLogger, flushLog } from './logger.js';
import { openState } from './store/disk/open-state.js';

const root = fileURLToPath(new URL('..', import.meta.url));

let noteRunning: (running: Running) => void = () => undefined;
const running = new Promise<Running>((resolve) => {
  noteRunning = resolve;
});
reloadOnSignal(running, readConfig);

await orExplain(async () => {
  const environment = readEnvironment(root, process.env);
  if (environment.problems.length > 0) throw new ConfigError(environment.problems);
  const unknown = describeUnknownNames(environment, KNOWN_NAMES);
  const config = loadValues(environment, unknown);
  const log = createLogger(config);
  // Opened while the rest is loaded, which takes longer.
  const durable = config.redisUrls.length === 0 ? openState(config.dataDir, log) : undefined;
  durable?.catch(() => undefined); // startGateway rejects with it
  const { startGateway } = await import('./lifecycle.js');
  const gateway = await startGateway(config, { log, durable });
  // Install signal handlers before logging readiness.
  stopOnSignals(
    gateway,
    (line) => log.info(line),
    () => flushLog(log),
  );
  noteRunning({ gateway, log });
  const live = gateway.hasTeam ? withoutWellKnownKey(config) : config;
  for (const line of startReport(live, gateway.url, gateway.hasTeam)) log.info(line);
  for (const line of unknown) log.warn(line);
  for (const name of quotedNames(environment, KNOWN_NAMES)) log.warn(quotesWarning(name));
  for (const warning of startWarnings(live)) log.warn(warning);
});

/** The well-known key is refused once there is a team. */
function withoutWellKnownKey(config: Config): Config {
  return config.publicKey === WELL_KNOWN_KEY ? { ...config, publicKey: undefined } : config;
}

/** @throws ConfigError */
function readConfig(): Config {
  const environment = readEnvironment(root, process.env);
  if (environment.problems.length > 0) throw new ConfigError(environment.problems);
  return loadValues(environment, describeUnknownNames(environment, KNOWN_NAMES));
}

/** @throws ConfigError that also lists the unknown names: a mistyped one may be the reason for another problem. */
function loadValues({ values, origins }: ReadEnvironment, unknown: readonly string[]): Config {
  try {
    return loadConfig(values, { origins });
  } catch (error) {
    throw error instanceof ConfigError ? new ConfigError([...error.problems, ...unknown]) : error;
  }
}
