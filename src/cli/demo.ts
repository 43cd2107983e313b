/** The gateway against the bundled simulator: no account, no network, no Redis. Answers are simulated, and it says so. */
import { type Config, loadConfig, WELL_KNOWN_KEY } from '../config/config.js';
import type { Environment } from '../config/environment.js';
import { startWarning } from '../doctor/warnings.js';
import { startGateway } from '../lifecycle.js';
import { createLogger, flushLog } from '../logger.js';
import { startSimulator } from '../simulator/server.js';
import { orExplain, stopOnSignals } from './run.js';

/** Only these variables count, and only the process's: a demo sends no token anywhere and depends on no file. */
const TAKEN_OVER = [
  'PORT',
  'HOST',
  'DEFAULT_KEY',
  'API_KEYS',
  'MODEL_NAME',
  'ENABLE_THINKING',
  'THINKING_OUTPUT',
  'DEFAULT_STREAM',
  'DEBUG_MODE',
  'LOG_LEVEL',
  'TRUST_PROXY',
  'CORS_ORIGINS',
  'DASHBOARD_PASSWORD',
];

/** The gateway's key for the simulator. */
const SIMULATED_KEY = 'simulated.key';

/** What the simulator plays: the official API, which has today's models, or the web chat with its guests. */
const web = playsWebChat(process.argv.slice(2));

await orExplain(async () => {
  const simulator = await startSimulator({ apiKey: SIMULATED_KEY });
  const config = loadConfig(demoEnvironment(process.env, simulator.url));
  const log = createLogger(config);
  const gateway = await startGateway(config, { log, demo: true });
  // Before the first line is printed, since a signal may follow it at once.
  stopOnSignals(
    gateway,
    (line) => log.info(line),
    async () => {
      await simulator.close();
      await flushLog(log);
    },
  );
  // Printed whatever LOG_LEVEL says.
  console.log(invitation(config, gateway.url));
  const warning = startWarning(config);
  if (warning) log.warn(warning);
});

function playsWebChat(given: readonly string[]): boolean {
  if (given.every((argument) => argument === '--web')) return given.length > 0;
  console.error('Use: npm run demo [-- --web]');
  process.exit(1);
}

function demoEnvironment(environment: Environment, simulatorUrl: string): Environment {
  const kept = TAKEN_OVER.map((name) => [name, environment[name]]);
  const upstream = web
    ? { UPSTREAM_URL: `${simulatorUrl}/api/chat/completions` }
    : { UPSTREAM_URL: `${simulatorUrl}/api/paas/v4`, ZAI_TOKEN: SIMULATED_KEY, MODEL_NAME: 'GLM-5.3' };
  const own = {
    ...upstream,
    HOST: '127.0.0.1',
    DATA_DIR: 'none',
    // A demo has no account that a web page could use.
    CORS_ORIGINS: '*',
    PUBLIC_RATE_LIMIT: '0',
    PUBLIC_RATE_LIMIT_TOTAL: '0',
    RATE_LIMIT: '0',
  };
  return { ...own, ...Object.fromEntries(kept.filter(([, value]) => value)) };
}

function invitation(config: Config, url: string): string {
  // A configured key is never printed.
  const key = config.publicKey === WELL_KNOWN_KEY ? WELL_KNOWN_KEY : 'YOUR_KEY';
  return `
  ZtoApi demo: answers are SIMULATED, no model is asked.

  Open      ${url}   (/playground shows levels of thinking and each class of failure)
  Base URL  ${url}/v1   key  ${key}   model  ${config.modelName}

  Try:
  curl -N ${url}/v1/chat/completions -H "Authorization: Bearer ${key}" -H "Content-Type: application/json" -d "{\\"model\\":\\"${config.modelName}\\",\\"stream\\":true,\\"messages\\":[{\\"role\\":\\"user\\",\\"content\\":\\"Hello\\"}]}"

  The simulator plays the ${web ? 'web chat' : 'official API. npm run demo -- --web: the web chat'}.
  Ctrl+C stops it. For real answers: npm start (see README.md).
`;
}
