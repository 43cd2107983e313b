/** What is measured: the upstream itself, the bare relay, and the gateway as people run it. */
import { execFileSync } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeTemporaryFolder } from '../cleanup.mjs';
import { CORES, type Part, start, startTalking } from './processes.js';

/**
 * Whoever waits for its turn looks idle. After eight idle seconds V8 gives memory back and with it what it had compiled:
 * the next thousand requests cost two to six times as much, and more are dearer than before. A gateway at work has no
 * such seconds. For the relay as for the gateway.
 */
const ALWAYS_BUSY = ['--no-memory-reducer'];

export type Speech = 'upstream' | 'openai';

export interface Target {
  readonly name: string;
  /** Where completions are asked for. */
  readonly url: string;
  readonly speech: Speech;
  /** The process whose CPU time and memory count; undefined: nothing between caller and upstream. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

export interface Upstream extends Part {
  readonly url: string;
  readonly token: string;
}

export const KEY = 'sk-benchmark-key';
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const WEB_PATH = '/api/chat/completions';

export async function startUpstream(core = CORES?.rest): Promise<Upstream> {
  const simulator = await startTalking({
    file: process.execPath,
    args: [join(ROOT, 'dist/simulator/main.js')],
    env: { PORT: '0', PACE_MS: '0' },
    core,
  });
  const guest = await fetch(`${simulator.url}/api/v1/auths/`);
  const { token } = (await guest.json()) as { token: string };
  return { ...simulator, token };
}

export function direct(upstream: Upstream): Target {
  return {
    name: 'direct',
    url: upstream.url + WEB_PATH,
    speech: 'upstream',
    pid: undefined,
    stop: async () => {},
  };
}

export async function relay(upstream: Upstream, node: string, name: string): Promise<Target> {
  const args = [
    ...ALWAYS_BUSY,
    join(ROOT, 'scripts/bench/relay.mjs'),
    upstream.url + WEB_PATH,
    upstream.token,
  ];
  const started = await startTalking({ file: node, args, core: CORES?.measured });
  return { name, url: `${started.url}/`, speech: 'openai', pid: started.pid, stop: started.stop };
}

/** As in production: authentication, limits, statistics, logging; guest tokens, one per conversation. */
export function gateway(
  upstream: Upstream,
  node: string,
  name: string,
  redisUrl = '',
  core = CORES?.measured,
): Promise<Target> {
  const env = { UPSTREAM_URL: upstream.url + WEB_PATH, UPSTREAM_PROTOCOL: 'zai-web', REDIS_URL: redisUrl };
  return startGateway(node, name, env, core);
}

/** The same in front of a self-hosted GLM. */
export function selfHostedGateway(upstreamUrl: string, node: string): Promise<Target> {
  const env = { UPSTREAM_URL: upstreamUrl, UPSTREAM_PROTOCOL: 'openai', REDIS_URL: '' };
  return startGateway(node, 'self-hosted', env, CORES?.measured);
}

/** In front of an upstream of few slots, sharing a queue with others on the same Redis. */
export function limitedGateway(
  node: string,
  env: Record<'UPSTREAM_URL' | 'UPSTREAM_SLOTS' | 'REDIS_URL', string>,
): Promise<Target> {
  return startGateway(node, 'limited', { UPSTREAM_PROTOCOL: 'openai', ...env }, CORES?.measured);
}

async function startGateway(
  node: string,
  name: string,
  env: NodeJS.ProcessEnv,
  core: number | undefined,
): Promise<Target> {
  const started = await startTalking({
    file: node,
    args: [...ALWAYS_BUSY, join(ROOT, 'dist/main.js')],
    env: {
      NODE_ENV: 'production',
      PORT: String(await freePort()),
      HOST: '127.0.0.1',
      API_KEYS: `bench:${KEY}`,
      // Counted as always, but never reached.
      RATE_LIMIT: '1000000',
      LOG_LEVEL: 'info',
      DEFAULT_STREAM: 'false',
      DEBUG_MODE: 'false',
      DATA_DIR: scratch(),
      ...env,
    },
    core,
  });
  const url = `${started.url}/v1/chat/completions`;
  return { name, url, speech: 'openai', pid: started.pid, stop: started.stop };
}

export async function redis(): Promise<Part & { url: string }> {
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', scratch()];
  const part = start({ file: 'redis-server', args, core: CORES?.rest });
  await untilOpen(port);
  return { ...part, url: `redis://127.0.0.1:${port}` };
}

export function isInstalled(command: string): boolean {
  try {
    execFileSync('which', [command], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A folder that goes when the benchmark ends. */
export function scratch(): string {
  return makeTemporaryFolder('ztoapi-bench-');
}

export async function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

export async function untilOpen(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (open) return;
    await sleep(25);
  }
  throw new Error(`nothing listens on port ${port}`);
}
