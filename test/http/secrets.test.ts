import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { chatBody, RawClient, Rig } from '../support/gateway.js';

/** Each stands for something that may never be told; all contain the same word, so that one look finds them. */
const WORD = /canary/i;
const PUBLIC = 'sk-canary-public-key';
const NAMED = 'canary-key-of-ann';
const TOKEN = 'canary-id.canary-secret-of-zai';
const WRONG = 'canary-wrong-key';
const PROMPT = 'The canary sings in the prompt';
const COOKIE = 'session=canary-cookie';
const CANARY_FORMAT = {
  type: 'json_schema',
  json_schema: { name: 'canary', schema: { type: 'object', description: 'canary' } },
};

describe('Keys, tokens, prompts and answers', () => {
  for (const debugMode of ['true', 'false']) {
    it(`are in no log line at level trace, no record and no error, with DEBUG_MODE=${debugMode}`, async () => {
      const env = { DEBUG_MODE: debugMode, DEFAULT_KEY: PUBLIC, API_KEYS: `ann:${NAMED}`, ZAI_TOKEN: TOKEN };
      const rig = await new Rig().start({ form: 'zai', env, simulator: { apiKey: TOKEN } });
      try {
        await checkAll(rig);
      } finally {
        await rig.stop();
      }
    });
  }

  it('are in nothing that an upstream quotes of its request, whatever its status', async () => {
    const echo = await startEcho();
    const { port } = echo.address() as AddressInfo;
    const rig = await new Rig().start({
      env: { UPSTREAM_URL: `http://127.0.0.1:${port}/api/paas/v4`, ZAI_TOKEN: TOKEN, DEFAULT_KEY: PUBLIC },
    });
    try {
      for (const status of [400, 401, 403, 404, 422, 429, 500]) {
        const response = await rig.ask(`${PROMPT} status=${status}`, {
          headers: { authorization: `Bearer ${PUBLIC}` },
        });
        const text = await response.text();
        expect(response.status).to.be.within(400, 599);
        // The client's own words may come back to it; the gateway's token may not.
        expect(text).not.to.contain(TOKEN).and.not.to.contain(PUBLIC);
        await rig.recordOf(response);
      }
      expect(rig.records).to.have.length(7);
      expectSilence(rig);
    } finally {
      await rig.stop();
      echo.closeAllConnections();
      echo.close();
    }
  });

  it('are in no log line about guest tokens that cannot be had', async () => {
    const rig = await new Rig().start({ form: 'web', env: { DEFAULT_KEY: PUBLIC } });
    try {
      const headers = { authorization: `Bearer ${PUBLIC}`, cookie: COOKIE };
      expect(await rig.say('sim:say(canary)', { headers })).to.equal('canary');
      for (const status of [405, 500]) {
        rig.simulator.setMintStatus(status);
        await (await rig.ask(PROMPT, { headers })).text();
      }
      for (const token of rig.simulator.minted) expect(rig.log).not.to.contain(token);
      expectSilence(rig);
    } finally {
      await rig.stop();
    }
  });
});

async function checkAll(rig: Rig): Promise<void> {
  const right = { authorization: `Bearer ${NAMED}`, cookie: COOKIE };
  const ask = (question: string, fields: object = {}) => rig.ask(question, { headers: right, ...fields });
  expect(await (await ask(`${PROMPT} sim:say(canary answer)`, { stream: false })).text()).to.match(WORD);
  expect(await (await ask(`${PROMPT} sim:echo-body`, { stream: true })).text()).to.match(WORD);
  const errors = [
    await rig.ask(PROMPT, { headers: { authorization: `Bearer ${WRONG}` } }),
    await rig.ask(PROMPT, { headers: { authorization: `Bearer ${WRONG} ${NAMED}`, 'x-api-key': WRONG } }),
    await rig.ask(PROMPT, { headers: { authorization: PUBLIC } }),
    await rig.post(`{"messages": "${PROMPT}`, { headers: right }),
    await rig.post(PROMPT, { headers: { ...right, 'content-type': 'text/plain' } }),
    await ask(PROMPT, { n: 2 }),
    await ask(PROMPT, { tools: [{ type: 'function', function: { name: '', description: PROMPT } }] }),
    await ask(`${PROMPT} sim:json-wrong=always`, { stream: false, response_format: CANARY_FORMAT }),
    await ask(PROMPT, { messages: [{ role: PROMPT, content: PROMPT }] }),
    await ask(`${PROMPT} sim:status=401`),
    await ask(`${PROMPT} sim:code=1301`),
    await ask(`${PROMPT} sim:code=1308`),
    await ask(`${PROMPT} sim:truncate`, { stream: false }),
  ];
  for (const response of errors) {
    expect(response.status).to.be.within(400, 502);
    expect(await response.text()).not.to.match(WORD);
    await rig.recordOf(response);
  }
  await (await ask(`${PROMPT} sim:error-mid`, { stream: true })).text();
  const client = await RawClient.connect(rig.port);
  client.post(chatBody(`${PROMPT} sim:stall`, { stream: true }), [
    `x-api-key: ${PUBLIC}`,
    'x-request-id: left',
  ]);
  await client.until(/"content":"./);
  client.leave();
  await rig.recordOf('left');
  expect(rig.records).to.have.length(errors.length + 4);
  expectSilence(rig);
}

function expectSilence(rig: Rig): void {
  // There is a log at all: one line per request.
  expect(rig.log.split('/v1/chat/completions').length - 1).to.be.at.least(rig.records.length);
  expect(rig.log).not.to.match(WORD);
  expect(JSON.stringify(rig.records)).not.to.match(WORD);
}

/** Answers every request with an error that quotes all of it, as some proxies do. */
async function startEcho(): Promise<Server> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    const status = Number(/status=(\d+)/.exec(body)?.[1] ?? 500);
    const message = `cannot handle ${JSON.stringify(request.headers)} with ${body}`;
    response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '60' });
    response.end(JSON.stringify({ error: { message, code: status }, detail: message }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
