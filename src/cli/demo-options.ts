/** The arguments of `npm run demo`. Pure. */
import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** The simulator plays the web chat, not the official API. */
  readonly web: boolean;
  /** Requests that each simulated account answers at a time, `undefined` for any number. */
  readonly slots: number | undefined;
  /** Twelve simulated colleagues use the gateway. */
  readonly team: boolean;
}

export const DEMO_HELP = `npm run demo [-- OPTIONS]: the gateway against a simulator, without an account or a network

  --slots N  each simulated account answers N requests at a time; the others wait in the gateway's queue
  --team     twelve simulated colleagues over 30 days, and live: a flood, a credential that dies, a lost replica
             (--slots 2 unless given)
  --web      the simulator plays Z.ai's web chat, not its official API
  --help     this text`;

const MAX_SLOTS = 1_000;
/** Slots of each account with `--team`. */
const TEAM_SLOTS = 2;

/** Throws an Error whose message tells what is wrong. @returns `help` if that is asked for */
export function parseDemoOptions(args: readonly string[]): DemoOptions | 'help' {
  const options = {
    slots: { type: 'string' },
    team: { type: 'boolean' },
    web: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  if (values.help) return 'help';
  const { team = false, web = false } = values;
  if (team && web) throw new Error('--team needs credentials, which the web chat (--web) does not have.');
  const given = values.slots === undefined ? undefined : parseSlots(values.slots);
  return { web, team, slots: given ?? (team ? TEAM_SLOTS : undefined) };
}

function parseSlots(text: string): number {
  const slots = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (slots < 1 || slots > MAX_SLOTS) {
    throw new Error(`--slots takes a whole number from 1 to ${MAX_SLOTS}, not ${JSON.stringify(text)}.`);
  }
  return slots;
}
