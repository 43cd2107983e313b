import { expect } from 'chai';
import { POOL_SIZE } from '../../src/conversations/token-pool.js';
import { KEY, type Rig, UPSTREAM_FORMS, UPSTREAM_PATHS, useGateway } from '../support/gateway.js';
import { until } from '../support/redis.js';
import { PROTOCOL_NAMES, PROTOCOLS, type Protocol } from './support.js';

const MINT = 'GET /api/v1/auths/';

for (const form of UPSTREAM_FORMS) {
  describe(`What the upstream is asked, in the form ${form}`, () => {
    const rig = useGateway({ form });
    const chat = `POST ${UPSTREAM_PATHS[form]}${form === 'web' ? '' : '/chat/completions'}`;

    /** All calls except token requests, which are made in advance. */
    const calls = () =>
      rig.simulator.requests.map(({ method, path }) => `${method} ${path}`).filter((call) => call !== MINT);

    for (const protocol of PROTOCOL_NAMES) {
      for (const stream of [true, false]) {
        it(`is one answer for one ${stream ? 'streamed' : 'whole'} one: ${protocol}`, async () => {
          const ask = () => send(rig, protocol, { ...PROTOCOLS[protocol].ask('sim:say(hello)'), stream });
          // The first request in a minute asks a self-hosted upstream for its models.
          await ask();
          const before = calls().length;
          for (let turn = 1; turn <= 3; turn += 1) expect(await ask()).to.contain('hello');
          expect(calls().slice(before)).to.deep.equal([chat, chat, chat]);
        });
      }
    }
  });
}

describe('How many guests the web chat is asked for', () => {
  const rig = useGateway({ form: 'web' });
  const TURNS = 4;

  type Message = { role: string; content: string };
  /** The next turn of a conversation: its transcript, or an id for a protocol without transcripts. */
  const next: Record<Protocol, (messages: Message[]) => object> = {
    'chat completions': (messages) => ({ messages }),
    messages: (messages) => ({ messages, max_tokens: 1_000 }),
    responses: (input) => ({ input }),
    'legacy completions': (messages) => ({ prompt: messages.at(-1)?.content, conversation_id: 'legacy' }),
  };

  it('is one for each conversation, and none for its further turns, in every protocol', async () => {
    for (const protocol of PROTOCOL_NAMES) {
      const messages: Message[] = [];
      for (let turn = 1; turn <= TURNS; turn += 1) {
        const answer = `${protocol}, turn ${turn}`;
        messages.push({ role: 'user', content: `sim:say(${answer})` });
        // Streaming and non-streaming by turns: both are recognized.
        await send(rig, protocol, { ...next[protocol](messages), stream: turn % 2 === 0 });
        messages.push({ role: 'assistant', content: answer });
      }
      const tokens = rig.upstreamChats.slice(-TURNS).map(({ headers }) => headers.authorization);
      expect(new Set(tokens), protocol).to.have.property('size', 1);
    }
    const conversations = PROTOCOL_NAMES.length;
    expect(rig.upstreamChats).to.have.length(conversations * TURNS);
    // Tokens for the next conversations are requested in advance, after the answers.
    const expected = conversations + POOL_SIZE;
    await until(() => rig.simulator.minted.length >= expected);
    const mints = rig.simulator.requests.filter(({ path }) => path === '/api/v1/auths/');
    expect(mints).to.have.length(expected);
  });
});

/** Sends a request and reads the whole answer. */
async function send(rig: Rig, protocol: Protocol, body: object): Promise<string> {
  const response = await fetch(`${rig.url}${PROTOCOLS[protocol].path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'GLM-4.5', ...body }),
  });
  const text = await response.text();
  expect(response.status, text).to.equal(200);
  return text;
}
