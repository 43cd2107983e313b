import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import { cutPort, getClientAddress } from '../../src/http/client-address.js';

describe('An entry of X-Forwarded-For', () => {
  const CUT: Record<string, string> = {
    '192.0.2.1:5678': '192.0.2.1',
    '192.0.2.1:0': '192.0.2.1',
    '[2001:db8::1]:443': '2001:db8::1',
    '[2001:db8::1]': '2001:db8::1',
    '[::ffff:192.0.2.1]:80': '::ffff:192.0.2.1',
    '2001:db8:0:0:0:0:0:1:443': '2001:db8:0:0:0:0:0:1',
  };
  for (const [entry, address] of Object.entries(CUT))
    it(`loses its port and brackets: ${entry}`, () => {
      expect(cutPort(entry)).to.equal(address);
    });

  for (const entry of [
    '192.0.2.1',
    '2001:db8::1',
    // An address as it stands, though somebody may have meant a port.
    '2001:db8::1:443',
    '192.0.2.1:',
    '192.0.2.1:port',
    '192.0.2.1:123456',
    '192.0.2.256:80',
    '[192.0.2.1',
    '[2001:db8::1]443',
    '[2001:db8::1]:443:80',
    '[[2001:db8::1]]:443',
    '[]:443',
    'unknown',
    'evil.example:80',
    '1:2:3:4:5:6:7:8:9:10',
  ])
    it(`is unchanged if there is nothing to cut: ${entry}`, () => {
      expect(cutPort(entry)).to.equal(entry);
    });
});

describe('The client’s address', () => {
  /** Asks an Express app that trusts these proxies; both its own word and ours. */
  async function ask(trust: number | string[], header: string | string[] | undefined) {
    const app = express();
    app.set('trust proxy', trust);
    app.get('/', (req, res) => {
      res.json({ own: req.ip, ours: getClientAddress(req) });
    });
    const server = createServer(app).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const headers = header === undefined ? {} : { 'x-forwarded-for': header };
      return await new Promise<{ own: string; ours: string }>((resolve, reject) => {
        request({ port, host: '127.0.0.1', headers, agent: false }, (response) => {
          let text = '';
          response.on('data', (part) => {
            text += part;
          });
          response.on('end', () => resolve(JSON.parse(text)));
        })
          .on('error', reject)
          .end();
      });
    } finally {
      server.close();
    }
  }

  it('equals Express’s for plain addresses, whatever is trusted', async () => {
    const headers = [
      undefined,
      '',
      ' , ,',
      '192.0.2.1',
      '10.9.9.1, 192.0.2.20',
      '192.0.2.1,10.0.0.2 ,  10.0.0.3',
      '10.0.0.1, 10.0.0.2',
      '2001:db8::1, 10.0.0.3',
      ['192.0.2.1', '10.0.0.2, 10.0.0.3'],
    ];
    for (const trust of [0, 1, 2, 3, 9, ['loopback'], ['127.0.0.1', '10.0.0.0/8'], ['192.0.2.0/24']]) {
      for (const header of headers) {
        const { own, ours } = await ask(trust, header);
        expect(ours, `${trust} ${header}`).to.equal(own);
      }
    }
  });

  const AZURE = '203.0.113.9:1111, 192.0.2.1:5678, 10.0.0.2:80';
  const CASES: [trust: number | string[], header: string, address: string][] = [
    [1, '192.0.2.1:5678', '192.0.2.1'],
    [1, '[2001:db8::1]:443', '2001:db8::1'],
    [1, '[::ffff:192.0.2.1]:80', '192.0.2.1'],
    // Counted from the gateway: what a client wrote itself is not believed, with a port or without.
    [0, AZURE, '127.0.0.1'],
    [1, AZURE, '10.0.0.2'],
    [2, AZURE, '192.0.2.1'],
    [2, '192.0.2.66:1, 10.0.0.7:1, 10.0.0.2', '10.0.0.7'],
    // A trusted proxy is known by its address, whatever its port.
    [['loopback', '10.0.0.0/8'], AZURE, '192.0.2.1'],
    [['loopback'], AZURE, '10.0.0.2'],
    [['loopback', '2001:db8::/32'], '192.0.2.1, [2001:db8::5]:443', '192.0.2.1'],
    [['loopback', '10.0.0.0/8'], '10.0.0.9:1, 10.0.0.2:80', '10.0.0.9'],
    // No address: that of the proxy itself.
    [1, '192.0.2.1:port', '127.0.0.1'],
    [1, 'unknown', '127.0.0.1'],
  ];
  for (const [trust, header, address] of CASES)
    it(`is ${address} if ${trust} is trusted and the header is ${header}`, async () => {
      expect((await ask(trust, header)).ours).to.equal(address);
    });
});
