/** What is measured: the upstream itself, pass-through proxies, the bare relay, and the gateway as people run it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CORES, type Part, start, startTalking } from './processes.js';

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
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WEB_PATH = '/api/chat/completions';

export async function startUpstream(): Promise<Upstream> {
  const simulator = await startTalking({
    file: process.execPath,
    args: [join(ROOT, 'dist/simulator/main.js')],
    env: { PORT: '0', PACE_MS: '0' },
    core: CORES?.rest,
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
  const args = [join(ROOT, 'test/bench/relay.mjs'), upstream.url + WEB_PATH, upstream.token];
  const started = await startTalking({ file: node, args, core: CORES?.measured });
  return { name, url: `${started.url}/`, speech: 'openai', pid: started.pid, stop: started.stop };
}

/** As in production: authentication, limits, statistics, logging; guest tokens, one per conversation. */
export async function gateway(
  upstream: Upstream,
  node: string,
  name: string,
  redisUrl?: string,
): Promise<Target> {
  const started = await startTalking({
    file: node,
    args: [join(ROOT, 'dist/main.js')],
    env: {
      NODE_ENV: 'production',
      PORT: String(await freePort()),
      HOST: '127.0.0.1',
      API_KEYS: `bench:${KEY}`,
      // Counted as always, but never reached.
      RATE_LIMIT: '1000000',
      UPSTREAM_URL: upstream.url + WEB_PATH,
      UPSTREAM_PROTOCOL: 'zai-web',
      REDIS_URL: redisUrl ?? '',
      LOG_LEVEL: 'info',
      DEFAULT_STREAM: 'false',
      DEBUG_MODE: 'false',
    },
    core: CORES?.measured,
  });
  return {
    name,
    url: `${started.url}/v1/chat/completions`,
    speech: 'openai',
    pid: started.pid,
    stop: started.stop,
  };
}

export async function redis(): Promise<Part & { url: string }> {
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', scratch()];
  const part = start({ file: 'redis-server', args, core: CORES?.rest });
  await untilOpen(port);
  return { ...part, url: `redis://127.0.0.1:${port}` };
}

/** Undefined where nginx is not installed. */
export async function nginx(upstream: Upstream): Promise<Target | undefined> {
  if (!isInstalled('nginx')) return undefined;
  const port = await freePort();
  const folder = scratch();
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; master_process off; worker_processes 1; pid ${folder}/pid; error_log stderr crit;
     worker_rlimit_nofile 65536;
     events { worker_connections 20000; }
     http {
       access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
       uwsgi_temp_path ${folder}; scgi_temp_path ${folder}; keepalive_requests 1000000;
       upstream glm { server ${new URL(upstream.url).host}; keepalive 1000; keepalive_requests 1000000; }
       server { listen 127.0.0.1:${port} backlog=4096;
         location / { proxy_pass http://glm; proxy_buffering off; proxy_http_version 1.1; proxy_set_header Connection ""; }
       }
     }`,
  );
  const part = start({ file: 'nginx', args: ['-c', file, '-e', 'stderr'], core: CORES?.measured });
  await untilOpen(port);
  return passThrough('nginx', port, part);
}

/** Undefined where HAProxy is not installed. */
export async function haproxy(upstream: Upstream): Promise<Target | undefined> {
  if (!isInstalled('haproxy')) return undefined;
  const port = await freePort();
  const file = join(scratch(), 'haproxy.cfg');
  writeFileSync(
    file,
    `global
      maxconn 2000
      nbthread 1
    defaults
      mode http
      option http-no-delay
      timeout connect 5s
      timeout client 60s
      timeout server 60s
    frontend in
      bind 127.0.0.1:${port}
      default_backend glm
    backend glm
      http-reuse always
      server simulator ${new URL(upstream.url).host}
`,
  );
  const part = start({ file: 'haproxy', args: ['-f', file, '-db'], core: CORES?.measured });
  await untilOpen(port);
  return passThrough('HAProxy', port, part);
}

function passThrough(name: string, port: number, part: Part): Target {
  const url = `http://127.0.0.1:${port}${WEB_PATH}`;
  return { name, url, speech: 'upstream', pid: part.pid, stop: part.stop };
}

export function isInstalled(command: string): boolean {
  try {
    execFileSync('which', [command], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function scratch(): string {
  return mkdtempSync(join(tmpdir(), 'ztoapi-bench-'));
}

async function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function untilOpen(port: number): Promise<void> {
  const { connect } = await import('node:net');
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
