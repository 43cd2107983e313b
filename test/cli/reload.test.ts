import { once } from 'node:events';
import { expect } from 'chai';
import { type Running, reloadOnSignal } from '../../src/cli/reload.js';
import { type Config, loadConfig } from '../../src/config/config.js';

describe('SIGUSR2', () => {
  let text: string;
  let lines: string[];
  let taken: Pick<Config, 'upstreams'>[];
  let noteRunning: (running: Running) => void;
  const running = new Promise<Running>((resolve) => {
    noteRunning = resolve;
  });
  const start = () =>
    noteRunning({
      gateway: {
        replaceUpstreams: async (entries) => {
          taken.push(entries);
        },
      },
      log: {
        info: (line: string) => lines.push(line),
        error: (line: string) => lines.push(`error ${line}`),
      } as never,
    });

  before(function () {
    if (process.platform === 'win32') this.skip();
    reloadOnSignal(running, () => {
      if (text === '') return loadConfig({});
      return loadConfig({ UPSTREAMS_FILE: 'upstreams.yaml' }, { readText: () => text });
    });
  });
  after(() => {
    process.removeAllListeners('SIGUSR2');
  });
  beforeEach(() => {
    lines = [];
    taken = [];
  });

  async function signal(file: string): Promise<string> {
    text = file;
    const received = once(process, 'SIGUSR2');
    process.kill(process.pid, 'SIGUSR2');
    await received;
    await new Promise(setImmediate);
    return lines.join('\n');
  }

  it('that comes before the gateway has started waits for it', async () => {
    const file = 'upstreams: [{name: early, url: "http://gpu/v1", token: secret}]';
    expect(await signal(file)).to.equal('');
    expect(taken).to.deep.equal([]);
    start();
    await new Promise(setImmediate);
    expect(taken[0]?.upstreams.map(({ name }) => name)).to.deep.equal(['early']);
  });

  it('takes the entries of the file over, and names them', async () => {
    const told = await signal('upstreams: [{name: gpu, url: "http://gpu/v1", token: canary.secret}]');
    expect(told).to.match(/UPSTREAMS_FILE was read again \([0-9a-f]{12}\); upstreams: gpu$/);
    expect(told).not.to.contain('canary');
    expect(taken[0]?.upstreams.map(({ name }) => name)).to.deep.equal(['gpu']);
  });

  it('changes nothing where the file has a problem, and says which', async () => {
    const told = await signal('upstreams: [{name: gpu, url: gpu}]');
    expect(told).to.match(/^error SIGUSR2: nothing was changed[\s\S]*entry 1 \(gpu\), url: not valid/);
    expect(taken).to.deep.equal([]);
  });

  it('ends nothing where there is no file', async () => {
    expect(await signal('')).to.contain('there is no UPSTREAMS_FILE to read again');
    expect(taken).to.deep.equal([]);
  });
});
