import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import got from 'got';
import { ResponseBody } from '../../../src/upstream/transport/response-body.js';

const PATIENT = { connectTimeoutMs: 5_000, firstByteTimeoutMs: 5_000, idleTimeoutMs: 5_000 };

describe('A response body that is over', () => {
  let server: Server;
  let url: string;

  before(async () => {
    server = createServer((request, response) => {
      request.resume().on('end', () => response.end('answer'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  after(() => server.close());

  /** On Node 24 V8 does what `stream` does here: `young-objects.test.ts` sees it there, and only there. */
  it('leaves nothing of its request with a stream that somebody holds', async () => {
    const stream = got.stream(url, { method: 'POST', body: '{}', retry: { limit: 0 } });
    const held = await readWhole(stream);
    await collectAll();
    expect(stream.destroyed).to.equal(true);
    expect(held.filter(({ deref }) => deref() !== undefined).map(({ name }) => name)).to.deep.equal([]);
  });
});

/** Weakly: what the stream led to while it was read. */
async function readWhole(stream: ReturnType<typeof got.stream>) {
  const closed = new Promise<void>((resolve) => stream.once('close', resolve));
  const requested = new Promise<object>((resolve) => stream.once('request', resolve));
  const body = new ResponseBody(stream, undefined, PATIENT);
  const led: Record<string, object> = {
    'response body': body,
    response: await body.head(),
    request: await requested,
    options: stream.options,
  };
  for await (const bytes of body) expect(bytes.toString()).to.equal('answer');
  await closed;
  return Object.entries(led).map(([name, object]) => {
    const reference = new WeakRef(object);
    return { name, deref: () => reference.deref() };
  });
}

async function collectAll(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let round = 0; round < 3; round += 1) {
    await new Promise(setImmediate);
    collect();
  }
}
