import { createServer } from 'node:http';
import { expect } from 'chai';
import { KEY, Rig } from '../support/gateway.js';
import { samples } from '../support/samples.js';
import { listening, type TestServer } from '../upstream/servers.js';

const LEVELS = 20_000;
const DEEP = `{"a":${'['.repeat(LEVELS)}${']'.repeat(LEVELS)}}`;
/** Node passes at most about 125,000 arguments to a function. */
const DELTAS = samples(140_000, 200_000);

const frame = (choice: object) => `data: ${JSON.stringify({ choices: [{ index: 0, ...choice }] })}\n\n`;
const named = { index: 0, id: 'call_1', type: 'function' };
const end = `${frame({ delta: {}, finish_reason: 'tool_calls' })}data: [DONE]\n\n`;

/** What the upstream streams, by the question. */
const STREAMS: Readonly<Record<string, () => string>> = {
  'deep arguments': () =>
    frame({ delta: { tool_calls: [{ ...named, function: { name: 'f', arguments: DEEP } }] } }) + end,
  'deep arguments, sent parsed': () =>
    frame({ delta: { tool_calls: [{ ...named, function: { name: 'f', arguments: '@' } }] } }).replace(
      '"@"',
      DEEP,
    ) + end,
  'many deltas behind an open call': () =>
    frame({ delta: { tool_calls: [{ ...named, function: { name: 'f', arguments: '{' } }] } }) +
    frame({ delta: { content: 'x' } }).repeat(DELTAS) +
    frame({ delta: { tool_calls: [{ index: 0, function: { arguments: '}' } }] } }) +
    end,
  'a deep chunk': () => `data: ${DEEP}\n\n${end}`,
  'a deep error': () => `data: {"error":{"message":"It broke.","details":${DEEP}}}\n\n`,
};

const tool = { name: 'f', description: 'd' };
const PROTOCOLS: [path: string, body: (question: string) => object][] = [
  [
    '/v1/chat/completions',
    (content) => ({ messages: [{ role: 'user', content }], tools: [{ type: 'function', function: tool }] }),
  ],
  [
    '/v1/messages',
    (content) => ({
      max_tokens: 9,
      messages: [{ role: 'user', content }],
      tools: [{ ...tool, input_schema: { type: 'object' } }],
    }),
  ],
  ['/v1/responses', (input) => ({ input, tools: [{ type: 'function', ...tool }] })],
];

describe('Answers that are made to overflow the stack', () => {
  let upstream: TestServer;
  const rig = new Rig();

  before(async () => {
    upstream = await listening(
      createServer(async (req, res) => {
        let body = '';
        for await (const bytes of req) body += bytes;
        const question = JSON.parse(body || '{}').messages?.at(-1)?.content;
        const stream = STREAMS[question];
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        res.end(stream?.());
      }),
    );
    await rig.start({ env: { UPSTREAM_URL: `${upstream.url}/v1`, UPSTREAM_MODEL: 'glm-4.6' } });
  });
  after(async () => {
    await rig.stop();
    await upstream.close();
  });

  const ask = (path: string, body: object) =>
    fetch(`${rig.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'GLM-4.5', ...body }),
    });

  async function expectNoFault(question: string, path: string, body: object): Promise<void> {
    const response = await ask(path, body);
    const text = await response.text();
    expect(response.status, text.slice(0, 200)).not.to.equal(500);
    const { outcome } = await rig.recordOf(response);
    expect(outcome).to.be.oneOf(['ok', 'upstream_error', 'upstream_truncated']);
    expect(text, question).not.to.contain('call stack');
  }

  for (const question of Object.keys(STREAMS)) {
    for (const [path, body] of PROTOCOLS) {
      it(`are at most a failure of the upstream: ${question} at ${path}, streamed and whole`, async () => {
        // Both at once: most of the time they wait to try again.
        await Promise.all(
          [true, false].map((stream) => expectNoFault(question, path, { stream, ...body(question) })),
        );
      });
    }
  }

  it('log nothing unexpected', () => expect(rig.log).not.to.contain('unexpected error'));
});
