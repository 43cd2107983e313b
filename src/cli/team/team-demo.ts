/** `npm run demo -- --team`: twelve colleagues over 30 days, then live with what goes wrong in a team. All of it is simulated. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../config/config.js';
import type { Logger } from '../../logger.js';
import type { Simulator } from '../../simulator/server.js';
import { StatsRecorder } from '../../stats/recorder.js';
import type { SharedState } from '../../store/shared-state.js';
import { makeHistory } from './history.js';
import { LiveTeam } from './live.js';
import { EVERYBODY, keyOf } from './people.js';
import { SecondReplica } from './second-replica.js';

/** The simulated credentials: each is an account of the simulator with its own slots. */
export const CREDENTIALS = ['team-a', 'team-b', 'team-c'] as const;
/** The one that dies. */
const DYING = CREDENTIALS[1];

const FLOOD_MS = 60_000;
/** After these many milliseconds of each round something happens. */
const AT = { flood: 4_000, death: 20_000, recovery: 110_000, loss: 35_000, return: 90_000, end: 240_000 };

/** `API_KEYS` of the colleagues. */
export const TEAM_KEYS = EVERYBODY.map((one) => `${one.name}:${keyOf(one)}`).join(',');

/** The text of UPSTREAMS_FILE: an entry for each credential, whose token is its name. */
export function writeEntries(url: string): string {
  return `upstreams:\n${CREDENTIALS.map((name) => `  - {name: ${name}, url: "${url}", token: ${name}}\n`).join('')}`;
}

/** Records what happened before the demo, by the same way as real requests. */
export async function recordHistory({ store }: SharedState, now: number, log: Logger): Promise<void> {
  const recorder = new StatsRecorder(store, 'simulated-history', log, 'UTC');
  for (const day of makeHistory(now, CREDENTIALS)) {
    for (const record of day) recorder.record(record);
    await recorder.flush();
  }
}

export interface TeamDemo {
  readonly config: Config;
  readonly state: SharedState;
  /** The first gateway. */
  readonly url: string;
  readonly simulator: Simulator;
  readonly log: Logger;
  readonly say: (line: string) => void;
}

/** Plays until the returned function is called. */
export function playTeam({ config, state, url, simulator, log, say }: TeamDemo): () => Promise<void> {
  const second = new SecondReplica(config, state, log);
  const team = new LiveTeam(() => [url, ...(second.url === undefined ? [] : [second.url])], config.modelName);
  const stopping = new AbortController();
  const dying = simulator.account(DYING);
  const steps: readonly [number, string, () => Promise<void> | void][] = [
    [AT.flood, 'nightly-ci floods the gateway for a minute', () => team.flood(FLOOD_MS)],
    [
      AT.death,
      `the account of ${DYING} is out of money (code 1113)`,
      () => {
        dying.code = '1113';
      },
    ],
    [AT.loss, 'the second replica is lost', () => second.lose()],
    [AT.return, 'a new second replica starts', () => second.start()],
    [
      AT.recovery,
      `the account of ${DYING} was topped up`,
      () => {
        dying.code = undefined;
      },
    ],
    [AT.end, 'from the beginning', () => undefined],
  ];
  const play = async () => {
    await second.start();
    team.start();
    for (;;) {
      let at = 0;
      for (const [time, what, run] of steps) {
        await sleep(time - at, undefined, { signal: stopping.signal, ref: false });
        at = time;
        say(`simulated: ${what}`);
        await run();
      }
    }
  };
  const playing = play().catch((error) => {
    if (!stopping.signal.aborted) log.error({ err: error }, 'the demo of a team ended');
  });
  return async () => {
    stopping.abort();
    team.stop();
    await playing;
    await second.lose();
  };
}
