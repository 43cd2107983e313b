/** The gateway against the bundled simulator: no account, no network, no Redis. Answers are simulated, and it says so. */
import { type Config, loadConfig, WELL_KNOWN_KEY } from '../config/config.js';
import type { Environment } from '../config/environment.js';
import { startWarning } from '../doctor/warnings.js';
import { startGateway } from '../lifecycle.js';
import { createLogger, flushLog } from '../logger.js';
import { startSimulator } from '../simulator/server.js';
import { openSharedState } from '../store/shared-state.js';
import { DEMO_HELP, type DemoOptions, parseDemoOptions } from './demo-options.js';
import { orExplain, stopOnSignals } from './run.js';
import { playTeam, recordHistory, TEAM_KEYS, writeEntries } from './team/team-demo.js';

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

const options = readOptions(process.argv.slice(2));

await orExplain(async () => {
  const { team, slots } = options;
  const simulator = await startSimulator({
    ...(team ? { promptCache: true } : { apiKey: SIMULATED_KEY }),
    ...(slots === undefined ? {} : { slots }),
  });
  const readText = () => writeEntries(`${simulator.url}/api/paas/v4`);
  const config = loadConfig(demoEnvironment(process.env, simulator.url), { readText });
  const log = createLogger(config);
  const state = await openSharedState(config, log);
  if (team) await recordHistory(state, Date.now(), log);
  const gateway = await startGateway(config, { log, demo: true, state });
  // To stdout, whatever LOG_LEVEL says: it is what this command is for.
  const say = (line: string) => console.log(line);
  const stopTeam = team
    ? playTeam({ config, state, url: gateway.url, simulator, log, say })
    : () => Promise.resolve();
  // Before the first line is printed, since a signal may follow it at once.
  stopOnSignals(
    { drain: () => stopTeam().then(() => gateway.drain()) },
    (line) => log.info(line),
    async () => {
      await simulator.close();
      await flushLog(log);
    },
  );
  say(invitation(config, gateway.url));
  const warning = startWarning(config);
  if (warning) log.warn(warning);
});

function readOptions(given: readonly string[]): DemoOptions {
  let parsed: DemoOptions | 'help';
  try {
    parsed = parseDemoOptions(given);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${DEMO_HELP}`);
    process.exit(1);
  }
  if (parsed !== 'help') return parsed;
  console.log(DEMO_HELP);
  process.exit(0);
}

function demoEnvironment(environment: Environment, simulatorUrl: string): Environment {
  const kept = TAKEN_OVER.map((name) => [name, environment[name]]);
  const upstream = options.web
    ? { UPSTREAM_URL: `${simulatorUrl}/api/chat/completions` }
    : options.team
      ? { UPSTREAMS_FILE: 'the entries of the demo', MODEL_NAME: 'GLM-5.3' }
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
  // Colleagues who ask all the time would fill the terminal.
  const ofTeam = {
    API_KEYS: TEAM_KEYS,
    DEFAULT_KEY: environment.DEFAULT_KEY || WELL_KNOWN_KEY,
    LOG_LEVEL: environment.LOG_LEVEL || 'error',
  };
  return {
    ...own,
    ...Object.fromEntries(kept.filter(([, value]) => value)),
    ...(options.team ? ofTeam : {}),
  };
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

  The simulator plays the ${options.web ? 'web chat' : 'official API. npm run demo -- --web: the web chat'}.${describeTeam(url)}
  Ctrl+C stops it. For real answers: npm start (see README.md).
`;
}

function describeTeam(url: string): string {
  const { team, slots } = options;
  if (team) {
    return `
  A team of twelve works with it: three credentials of ${slots} slots each, and a round of mishaps every four minutes, told here.
  See ${url}/dashboard. Colleagues, history and mishaps are SIMULATED, too.`;
  }
  if (slots === undefined) return '';
  const requests = slots === 1 ? 'one request' : `${slots} requests`;
  return `\n  Its account answers ${requests} at a time: ask for more at once, and see ${url}/dashboard.`;
}
