import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect } from 'chai';
import { ChunkedWriter } from '../../src/http/chunked-writer.js';

/** Each is one write, in ASCII or not, short or long. */
const TEXTS = [
  'data: {"a":1}\n\n',
  'data: 你好 🙂\n\n',
  'é',
  'x'.repeat(70_000),
  `${'山'.repeat(20_000)}\n`,
  'data: [DONE]\n\n',
];

type Send = (res: ServerResponse, texts: readonly string[], last: string) => void;

const byNode: Send = (res, texts, last) => {
  res.writeHead(200, { date: 'today' });
  for (const text of texts) res.write(text);
  res.end(last);
};
const byWriter: Send = (res, texts, last) => {
  res.writeHead(200, { date: 'today' });
  const writer = new ChunkedWriter(res);
  for (const text of texts) writer.write(text);
  writer.end(last);
};

describe('ChunkedWriter', () => {
  let server: Server;
  let send: Send;
  let texts: readonly string[];
  let last: string;

  before(async () => {
    server = createServer((_, res) => send(res, texts, last));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());

  /** All bytes that a client gets for two requests on one connection, which the second ends. */
  async function bytesBy(way: Send, version: '1.0' | '1.1'): Promise<string> {
    send = way;
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const parts: Buffer[] = [];
    socket.on('data', (bytes) => parts.push(bytes));
    const first = `GET / HTTP/${version}\r\nHost: gateway\r\n\r\n`;
    const second = `GET / HTTP/${version}\r\nHost: gateway\r\nConnection: close\r\n\r\n`;
    socket.write(version === '1.0' ? first : first + second);
    await once(socket, 'close');
    return Buffer.concat(parts).toString('latin1');
  }

  for (const version of ['1.1', '1.0'] as const) {
    for (const [what, given, end] of [
      ['several texts', TEXTS, ''],
      ['several texts, one of them with the end', TEXTS, 'data: end 終\n\n'],
      ['one text with the end', [], 'data: only\n\n'],
      ['no text', [], ''],
    ] as const) {
      it(`sends the same bytes as Node: ${what}, HTTP/${version}`, async () => {
        texts = given;
        last = end;
        const expected = await bytesBy(byNode, version);
        expect(expected).to.contain('HTTP/1.1 200 OK');
        expect(await bytesBy(byWriter, version)).to.equal(expected);
      });
    }
  }
});
