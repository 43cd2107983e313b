/** A real redis-server on a free port, for one suite; skipped loudly where none is installed. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../../scripts/cluster.mjs';

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  signal(signal: NodeJS.Signals): void;
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Again, on the same port, with what its append-only file holds. */
  start(): Promise<void>;
}

/** Marks the suite as skipped, with the reason, where a command is missing. To be called in `before`. */
export function needs(context: Mocha.Context, ...commands: string[]): void {
  const missing = commands.filter((command) => spawnSync(command, ['--version']).error !== undefined);
  if (missing.length === 0) return;
  const suite = context.test?.parent as (Mocha.Suite & { skipReason?: string }) | undefined;
  if (suite) suite.skipReason = `not installed: ${missing.join(', ')}`;
  context.skip();
}

export async function startRedis(...options: string[]): Promise<RedisServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'ztoapi-redis-'));
  let child: ChildProcess | undefined;
  const server = {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return child?.pid ?? 0;
    },
    async start() {
      const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...options];
      const started = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
      child = started;
      for await (const line of createInterface({ input: started.stdout })) {
        if (/Ready to accept connections|Sentinel ID/.test(line)) break;
      }
      started.stdout.resume();
    },
    signal(signal: NodeJS.Signals) {
      child?.kill(signal);
    },
    async stop(signal: NodeJS.Signals = 'SIGKILL') {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
      if (signal === 'SIGKILL') return;
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}
