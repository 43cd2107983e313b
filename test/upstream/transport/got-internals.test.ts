import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import got, { type HandlerFunction, Options } from 'got';
import { RELEASED, useFewOptions } from '../../../src/upstream/transport/got-internals.js';

describe('got’s internals', () => {
  let server: Server;
  let url: string;
  before(async () => {
    server = createServer((request, response) => {
      request.resume().on('end', () => response.end(JSON.stringify(request.headers)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  after(() => server.close());

  it('belong to the one version that is installed', () => {
    const read = (path: string) =>
      JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'));
    expect(read('package.json').dependencies.got).to.equal(read('node_modules/got/package.json').version);
  });

  it('still have the names of what a finished request refers to', async () => {
    const stream = got.stream(url, { method: 'POST', body: '{}' });
    const ended = new Promise((resolve) => stream.once('end', resolve));
    stream.resume();
    await ended;
    for (const name of Object.keys(RELEASED)) expect(name in stream, name).to.equal(true);
  });

  it('still build Node’s options by the function that is replaced, so that a request has no others', async () => {
    expect(Options.prototype.createNativeRequestOptions).to.be.a('function');
    let given: object = {};
    const observe: HandlerFunction = (options, next) => {
      const create = options.createNativeRequestOptions;
      options.createNativeRequestOptions = function (this: Options) {
        given = create.call(this);
        return given as ReturnType<typeof create>;
      };
      return next(options);
    };
    const client = got.extend({ handlers: [useFewOptions, observe], headers: { 'x-test': 'sent' } });
    expect(await client.get(url).json()).to.include({ 'x-test': 'sent' });
    expect(Object.keys(given).sort()).to.deep.equal(['agent', 'headers', 'method']);
  });
});
