/** Real redis-servers on free ports: single, as a cluster, behind a sentinel. Suites are skipped if none is installed. */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startProcess } from '../../scripts/cleanup.mjs';
import { freePort } from '../../scripts/cluster.mjs';
import { skip } from './skip.js';

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  signal(signal: NodeJS.Signals): void;
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Starts the server again on the same port, with the data of its append-only file. */
  start(): Promise<void>;
}

/** Skips the suite if a command is not installed. To be called in `before`. */
export function needs(context: Mocha.Context, ...commands: string[]): void {
  const missing = commands.filter((command) => spawnSync(command, ['--version']).error !== undefined);
  if (missing.length === 0) return;
  skip(context, `not installed: ${missing.join(', ')}`);
}

export async function startRedis(...options: string[]): Promise<RedisServer> {
  const port = await freePort();
  return startServer(port, () => ['--port', String(port), '--bind', '127.0.0.1', '--save', '', ...options]);
}

/** Starts three nodes that share the slots. The options apply to each node. @returns their addresses for REDIS_URL. */
export async function startRedisCluster(
  ...options: string[]
): Promise<{ urls: string[]; stop(): Promise<void> }> {
  const nodes = await Promise.all(
    [0, 1, 2].map(async () => {
      const bus = await freePort();
      const server = await startRedis('--cluster-enabled', 'yes', '--cluster-port', String(bus), ...options);
      return { server, bus, admin: new Redis(server.url) };
    }),
  );
  const ranges = [
    [0, 5460],
    [5461, 10922],
    [10923, 16383],
  ] as const;
  for (const [index, { admin }] of nodes.entries()) {
    const [from, to] = ranges[index] ?? [0, 0];
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', from, to);
    await admin.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
  }
  // Introduces each node to each: gossip would take seconds.
  for (const { admin } of nodes) {
    for (const { server, bus } of nodes) await admin.call('CLUSTER', 'MEET', '127.0.0.1', server.port, bus);
  }
  for (const { admin } of nodes) {
    await until(async () => {
      const info = String(await admin.call('CLUSTER', 'INFO'));
      return info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3');
    });
    admin.disconnect();
  }
  return {
    urls: nodes.map(({ server }) => server.url),
    stop: async () => {
      await Promise.all(nodes.map(({ server }) => server.stop('SIGTERM')));
    },
  };
}

/** Starts a sentinel that watches the server under this name. */
export async function startSentinel(server: RedisServer, name: string): Promise<RedisServer> {
  const port = await freePort();
  // The sentinel writes its state into this file.
  const config = [`port ${port}`, 'bind 127.0.0.1', `sentinel monitor ${name} 127.0.0.1 ${server.port} 1`];
  return startServer(port, (folder) => {
    const file = join(folder, 'sentinel.conf');
    writeFileSync(file, config.join('\n'));
    return [file, '--sentinel'];
  });
}

async function startServer(port: number, options: (folder: string) => string[]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'ztoapi-redis-'));
  let child: ChildProcess | undefined;
  const server = {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return child?.pid ?? 0;
    },
    async start() {
      const started = startProcess('redis-server', options(folder), {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      child = started;
      const said: string[] = [];
      for await (const line of createInterface({ input: started.stdout })) {
        said.push(line);
        if (/Ready to accept connections|Sentinel ID/.test(line)) {
          started.stdout.resume();
          return;
        }
      }
      throw new Error(`redis-server did not start:\n${said.join('\n')}`);
    },
    signal(signal: NodeJS.Signals) {
      child?.kill(signal);
    },
    async stop(signal: NodeJS.Signals = 'SIGKILL') {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill(signal);
      // A process stopped by SIGSTOP ends only when it continues.
      child.kill('SIGCONT');
      await exited;
    },
  };
  await server.start();
  return server;
}

/** Resolves once the condition holds. Rejects after a minute. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`Within a minute this did not become true: ${isSo}`);
    await sleep(10);
  }
}
