/**
 * The simulator on its own: `PORT` (9191), `HOST` (127.0.0.1), `PACE_MS` (25), `SLOTS` (requests that each account has answered
 * at the same time; unlimited by default), `SCENARIO` (words for every request). Stops on SIGINT, SIGTERM and SIGHUP.
 */
import { type ScenarioWord, WORD_GROUPS } from './scenario-words.js';
import { type Simulator, startSimulator } from './server.js';

const { PORT = '9191', HOST = '127.0.0.1', PACE_MS = '25', SLOTS, SCENARIO = '' } = process.env;

try {
  const simulator = await startSimulator({
    port: Number(PORT),
    host: HOST,
    paceMs: Number(PACE_MS),
    ...(SLOTS ? { slots: Number(SLOTS) } : {}),
    scenario: SCENARIO,
  });
  // Printed for the person at the terminal; the simulator writes no log.
  console.log(welcome(simulator.url));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop(simulator));
} catch (error) {
  console.error(explainFailure(error));
  process.exitCode = 1;
}

async function stop(simulator: Simulator): Promise<void> {
  await simulator.close();
  process.exit(0);
}

function explainFailure(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return `The simulator cannot start: port ${PORT} is in use already. Choose another: PORT=${Number(PORT) + 1} npm run simulator`;
  return `The simulator cannot start: ${message}`;
}

function welcome(url: string): string {
  return [
    `A simulated Z.ai is listening on ${url}`,
    '',
    'To ask it, put one of these into .env.local and start the gateway (npm start). ZAI_TOKEN is not needed.',
    '',
    `  the web chat       UPSTREAM_URL=${url}/api/chat/completions`,
    `  Z.ai's API         UPSTREAM_URL=${url}/api/paas/v4`,
    `  a self-hosted GLM  UPSTREAM_URL=${url}/v1`,
    '',
    'Words in the last user message, in the model name of the last two, or in SCENARIO for every request:',
    ...WORD_GROUPS.flatMap(({ heading, words }) => ['', `${heading}:`, ...words.map(formatWord)]),
  ].join('\n');
}

function formatWord({ name, about, only, values }: ScenarioWord): string {
  const choices = values ? `: ${values.join(', ')}` : '';
  return `  sim:${name.padEnd(22)} ${about}${choices}${only ? ` (${only} only)` : ''}`;
}
