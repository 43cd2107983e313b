/** A gateway without Redis as a process: it keeps its state in a folder of its own. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '../../src/simulator/server.js';
import { builtMain, gatewayEnvironment } from '../cluster/support.js';
import { type Json, jsonOf } from '../support/gateway.js';
import { type Program, startNode } from '../support/processes.js';
import { skip } from '../support/skip.js';
import { ADMIN } from '../support/team.js';

export class DurableGateway {
  #simulator!: Simulator;
  readonly #mounted: string[] = [];
  folder = '';
  url = '';
  program: Program | undefined;

  async open(): Promise<void> {
    this.#simulator = await startSimulator({ paceMs: 0, accountToken: 'simulated.account.token' });
  }

  async close(): Promise<void> {
    await this.#simulator.close();
  }

  /** Gives the next start an empty place, where the folder is created. */
  useNewFolder(): void {
    this.folder = join(mkdtempSync(join(tmpdir(), 'durable-')), 'data');
  }

  /** Ends what a test has left. */
  async clean(): Promise<void> {
    await this.stop('SIGKILL');
    this.program = undefined;
    for (const place of this.#mounted.splice(0)) execFileSync('umount', [place]);
  }

  get environment() {
    return {
      PATH: process.env.PATH,
      ...gatewayEnvironment(this.#simulator, { DASHBOARD_PASSWORD: '', RESPONSES_TTL: '3600000' }),
      HOST: '127.0.0.1',
      PORT: '0',
      DEBUG_MODE: 'false',
      ADMIN_PASSWORD: ADMIN,
      DATA_DIR: this.folder,
    };
  }

  run(env: Record<string, string> = {}): Program {
    return startNode([builtMain()], { env: { ...this.environment, ...env } });
  }

  /** Resolves to its address. */
  async start(program = this.run()): Promise<string> {
    this.program = program;
    const [, url] = await program.until(/listens on (http:\S+?);/);
    this.url = `${url}`.replace('localhost', '127.0.0.1');
    return this.url;
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    this.program?.kill(signal);
    await this.program?.ended;
  }

  get output(): string {
    return this.program?.output ?? '';
  }

  post(path: string, body: object): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: { authorization: 'Bearer key-of-all', 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'GLM-4.5', ...body }),
    });
  }

  chat(): Promise<Response> {
    const messages = [{ role: 'user', content: 'sim:events=2' }];
    return this.post('/v1/chat/completions', { messages, stream: false });
  }

  async read(path: string): Promise<Json> {
    return jsonOf(await fetch(`${this.url}${path}`));
  }

  /** Requests that the statistics have counted. */
  async total(): Promise<number> {
    return (await this.read('/dashboard/stats')).TotalRequests;
  }

  /** A file system of its own at `folder`, unmounted after the test. Skips the test where that is not possible. */
  mountSmall(context: Mocha.Context, size: string): (option: string) => void {
    const { folder } = this;
    mkdirSync(folder);
    const options = (more: string) => ['-t', 'tmpfs', '-o', `size=${size}${more}`, 'none', folder];
    try {
      execFileSync('mount', options(''), { stdio: 'ignore' });
    } catch {
      skip(context, 'no right to mount');
    }
    chmodSync(folder, 0o700);
    this.#mounted.push(folder);
    return (option) => void execFileSync('mount', ['-o', `remount,${option}`, folder]);
  }
}

/** A gateway with a simulator for a suite; each test has a new folder. */
export function useDurableGateway(): DurableGateway {
  const gateway = new DurableGateway();
  before(() => gateway.open());
  after(() => gateway.close());
  beforeEach(() => gateway.useNewFolder());
  afterEach(() => gateway.clean());
  return gateway;
}
