import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { startNode } from '../../support/processes.js';

const HERE = join(import.meta.dirname, 'tls');
/** Of nobody but these tests. */
const CERTIFICATE = join(HERE, 'certificate.crt');

describe('An upstream by https', () => {
  let server: Server;
  let connections = 0;

  before(async () => {
    const pair = { key: readFileSync(join(HERE, 'private.key')), cert: readFileSync(CERTIFICATE) };
    server = createServer(pair, (request, response) => {
      request.resume().on('end', () => response.end('answered'));
    });
    server.on('secureConnection', () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(() => {
    connections = 0;
  });
  after(() => server.close());

  it('is asked over one connection that is kept', async () => {
    expect(await askTwice({ NODE_EXTRA_CA_CERTS: CERTIFICATE })).to.equal('answered\nanswered\n');
    expect(connections).to.equal(1);
  });

  it('is not asked when nobody vouches for its certificate', async () => {
    const refused = 'The upstream cannot be reached (DEPTH_ZERO_SELF_SIGNED_CERT).\n';
    expect(await askTwice({ NODE_EXTRA_CA_CERTS: '' })).to.equal(refused + refused);
    expect(connections).to.equal(0);
  });

  async function askTwice(env: NodeJS.ProcessEnv): Promise<string> {
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const args = ['--import=tsx', join(HERE, 'ask.ts'), url];
    return (await startNode(args, { env: { ...process.env, ...env } }).ended).stdout;
  }
});
