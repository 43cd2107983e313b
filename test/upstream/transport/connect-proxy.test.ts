/** Upstreams behind a real proxy that takes CONNECT. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { Connection } from '../../../src/upstream/transport/connection.js';
import { useGateway } from '../../support/gateway.js';
import { startNode } from '../../support/processes.js';
import { listening, type TestServer } from '../servers.js';
import { rejectionOf } from '../support.js';

const TLS = join(import.meta.dirname, 'tls');
const PATIENT = { connectTimeoutMs: 5_000, firstByteTimeoutMs: 5_000, idleTimeoutMs: 5_000 };
/** Nobody knows this name: the proxy finds the upstream. */
const NAME = 'upstream.example';

describe('An upstream behind a proxy', () => {
  let upstream: TestServer;
  let proxy: TestServer;
  let connects: IncomingMessage[] = [];
  /** How the proxy answers a CONNECT; undefined: it opens the tunnel. */
  let refuse: ((socket: Duplex) => void) | undefined;
  let target: TestServer;

  before(async () => {
    upstream = await listening(
      createServer((request, response) => {
        request.resume().on('end', () => response.end(`${request.headers.host} answered`));
      }),
    );
    proxy = await listening(
      createServer().on('connect', (request: IncomingMessage, socket: Duplex) => {
        connects.push(request);
        socket.on('error', () => undefined);
        if (refuse) return refuse(socket);
        const beyond = connect(Number(new URL(target.url).port), '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
          socket.pipe(beyond).pipe(socket);
        });
        beyond.on('error', () => socket.destroy()).on('close', () => socket.destroy());
        socket.on('close', () => beyond.destroy());
      }),
    );
  });
  after(() => Promise.all([upstream.close(), proxy.close()]));
  beforeEach(() => {
    connects = [];
    refuse = undefined;
    target = upstream;
  });

  const address = (credentials = '') => proxy.url.replace('//', `//${credentials}`);

  function connection(
    timeouts: Partial<typeof PATIENT> = {},
    credentials = '',
    upstreamUrl = `http://${NAME}/`,
  ) {
    const proxies = { http: address(credentials), https: address(credentials), exceptions: [] };
    return new Connection({ ...PATIENT, ...timeouts, upstreamUrl, proxies });
  }

  const ask = (through: Connection, url = `http://${NAME}/`) =>
    through.open({ method: 'POST', url, headers: {}, body: '{}' });

  it('is asked over one tunnel that is kept', async () => {
    const through = connection();
    for (let times = 0; times < 5; times += 1) {
      expect(await (await ask(through)).text()).to.equal(`${NAME} answered`);
      await new Promise(setImmediate);
    }
    expect(connects.map(({ url }) => url)).to.deep.equal([`${NAME}:80`]);
  });

  it('is asked by https through the proxy, its certificate checked', async () => {
    const pair = {
      key: readFileSync(join(TLS, 'private.key')),
      cert: readFileSync(join(TLS, 'certificate.crt')),
    };
    target = await listening(
      createTlsServer(pair, (request, response) => {
        request.resume().on('end', () => response.end('answered'));
      }),
    );
    const askTwice = async (authorities: string) => {
      const args = ['--import=tsx', join(TLS, 'ask.ts'), `https://${NAME}/`, proxy.url];
      const env = { ...process.env, NODE_EXTRA_CA_CERTS: authorities };
      return (await startNode(args, { env }).ended).stdout;
    };
    try {
      expect(await askTwice(join(TLS, 'certificate.crt'))).to.equal('answered\nanswered\n');
      expect(connects.map(({ url }) => url)).to.deep.equal([`${NAME}:443`]);
      expect(await askTwice('')).to.contain('DEPTH_ZERO_SELF_SIGNED_CERT');
    } finally {
      await target.close();
    }
  });

  it('shows the proxy its user and password, and nobody else', async () => {
    await (await ask(connection({}, 'me:p%40ss@'))).text();
    const { headers } = connects[0] as IncomingMessage;
    expect(headers['proxy-authorization']).to.equal(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  });

  it('is asked directly where it is on this machine', async () => {
    const through = connection({}, '', upstream.url);
    expect(await (await ask(through, upstream.url)).text()).to.contain('answered');
    expect(connects).to.deep.equal([]);
  });

  const refusals: [status: string, says: RegExp, retriable: boolean][] = [
    ['407 Proxy Authentication Required', /answered 407\. It wants a user name and password/, false],
    ['403 Forbidden', /answered 403\./, false],
    ['502 Bad Gateway', /answered 502\./, true],
  ];
  for (const [status, says, retriable] of refusals) {
    it(`is out of reach where the proxy says ${status}`, async () => {
      refuse = (socket) => socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`);
      const error = await rejectionOf(ask(connection({}, 'me:canary@')));
      expect(error).to.include({ status: 502, code: 'upstream_unreachable', retriable });
      expect(error.message).to.match(says).and.contain('The proxy');
      expect(inspect(error, { depth: 10, showHidden: true })).to.not.contain('canary');
    });
  }

  it('is out of reach where the proxy is', async () => {
    const gone = await listening(createServer());
    await gone.close();
    const proxies = { http: gone.url, https: undefined, exceptions: [] };
    const error = await rejectionOf(
      ask(new Connection({ ...PATIENT, upstreamUrl: `http://${NAME}/`, proxies })),
    );
    expect(error).to.include({ code: 'upstream_unreachable', retriable: true });
    expect(error.message).to.contain('The proxy').and.contain('ECONNREFUSED');
  });

  for (const scheme of ['http', 'https']) {
    it(`has CONNECT_TIMEOUT for the way through a proxy that is silent, by ${scheme}`, async () => {
      refuse = () => undefined;
      const url = `${scheme}://${NAME}/`;
      const startedAt = performance.now();
      const error = await rejectionOf(ask(connection({ connectTimeoutMs: 100 }, '', url), url));
      expect(error).to.include({ status: 504, code: 'upstream_unreachable', retriable: true });
      expect(error.message).to.contain('could not be reached in time');
      expect(performance.now() - startedAt).to.be.at.least(95);
    });
  }

  it('has CONNECT_TIMEOUT for TLS behind the tunnel as well', async () => {
    // It takes the connection and says nothing.
    target = await listening(createTcpServer());
    try {
      const url = `https://${NAME}/`;
      const error = await rejectionOf(ask(connection({ connectTimeoutMs: 150 }, '', url), url));
      expect(error).to.include({ status: 504, code: 'upstream_unreachable' });
    } finally {
      await target.close();
    }
  });

  it('loses its tunnel with the client', async () => {
    const left = new AbortController();
    let closed: Promise<unknown> = Promise.resolve();
    target = await listening(
      createServer((_, response) => {
        closed = new Promise((resolve) => response.on('close', resolve));
        response.write('begun');
      }),
    );
    try {
      const url = `http://${NAME}/`;
      const response = await connection().open({ method: 'GET', url, headers: {}, signal: left.signal });
      await response.body.next();
      left.abort();
      await closed;
    } finally {
      await target.close();
    }
  });
});

describe('A gateway whose variables name a proxy', () => {
  const rig = useGateway({
    env: { HTTP_PROXY: 'http://user:canary@127.0.0.1:9', no_proxy: 'other.example' },
  });

  it('asks an upstream on its own machine directly', async () => {
    expect(await rig.say('sim:say(hello)')).to.equal('hello');
    expect(rig.log).to.not.contain('canary');
  });
});

describe('A gateway whose proxy is away', () => {
  const rig = useGateway({
    env: { UPSTREAM_URL: `http://${NAME}/v1`, HTTP_PROXY: 'http://user:canary@127.0.0.1:9' },
  });

  it('says so, without the proxy’s credentials', async () => {
    const response = await rig.ask('hi', { stream: true });
    const text = await response.text();
    expect(response.status).to.equal(502);
    expect(text).to.contain('The proxy in front of the upstream').and.contain('upstream_unreachable');
    expect(text + rig.log).to.not.contain('canary');
  });
});
