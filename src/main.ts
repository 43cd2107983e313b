/** The gateway as a process: reads the configuration, starts, prints what is running, drains on signals. */
import { fileURLToPath } from 'node:url';
import { orExplain, stopOnSignals } from './cli/run.js';
import { startReport } from './cli/start-report.js';
import { ConfigError, loadConfig } from './config/config.js';
import { quotedNames, readEnvironment, unknownNames } from './config/environment.js';
import { KNOWN_NAMES } from './config/variables/variables.js';
import { quotesWarning, startWarnings } from './doctor/warnings.js';
import { startGateway } from './lifecycle.js';
import { createLogger } from './logger.js';

const root = fileURLToPath(new URL('..', import.meta.url));

await orExplain(async () => {
  const environment = readEnvironment(root, process.env);
  if (environment.problems.length > 0) throw new ConfigError(environment.problems);
  const config = loadConfig(environment.values);
  const log = createLogger(config);
  const gateway = await startGateway(config, { log });
  // Install signal handlers before logging readiness.
  stopOnSignals(
    gateway,
    (line) => log.info(line),
    async () => undefined,
  );
  for (const line of startReport(config, gateway.url)) log.info(line);
  for (const name of unknownNames(environment, KNOWN_NAMES)) {
    log.warn(`Unknown variable ${name} in ${environment.origins[name]} (typo?)`);
  }
  for (const name of quotedNames(environment, KNOWN_NAMES)) log.warn(quotesWarning(name));
  for (const warning of startWarnings(config)) log.warn(warning);
});
