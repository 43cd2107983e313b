import { expect } from 'chai';
import {
  type AskOptions,
  dataOf,
  type Json,
  joined,
  jsonOf,
  KEY,
  type Rig,
  useGateway,
} from '../support/gateway.js';

const QUESTION = { role: 'user', content: 'What is love? sim:say( Baby, don’t hurt me. )' };
const NEXT = { role: 'user', content: 'No more? sim:say(No more.)' };

/** The guest token with which the gateway asked for each answer since `from`. */
const tokens = (rig: Rig, from = 0) =>
  rig.upstreamChats.slice(from).map(({ headers }) => headers.authorization ?? '');

/** One turn; tells the answer and the token that it came with. */
async function turn(rig: Rig, messages: Json[], options: AskOptions = {}) {
  const from = rig.upstreamChats.length;
  const body = await jsonOf(await rig.ask('', { stream: false, ...options, messages }));
  if (body.error) throw new Error(body.error.message);
  const used = tokens(rig, from);
  expect(used).to.have.length(1);
  return { message: body.choices[0].message, token: used[0] };
}

describe('Guest tokens', () => {
  const rig = useGateway({ form: 'web', env: { API_KEYS: 'ann:key-of-ann,bob:key-of-bob' } });
  const as = (name: string) => ({ headers: { authorization: `Bearer key-of-${name}` } });

  it('differ for two users with the same first message and answer', async () => {
    const ann = await turn(rig, [QUESTION], as('ann'));
    const bob = await turn(rig, [QUESTION], as('bob'));
    expect(ann.message).to.deep.equal(bob.message);
    expect(ann.token).not.to.equal(bob.token);
    const nextOfAnn = await turn(rig, [QUESTION, ann.message, NEXT], as('ann'));
    const nextOfBob = await turn(rig, [QUESTION, bob.message, NEXT], as('bob'));
    expect(nextOfAnn.token).to.equal(ann.token);
    expect(nextOfBob.token).to.equal(bob.token);
  });

  it('differ for two conversations of one key with equal texts', async () => {
    const question = { ...QUESTION, content: `Again: ${QUESTION.content}` };
    const one = await turn(rig, [question], as('ann'));
    const other = await turn(rig, [question], as('ann'));
    expect(one.token).not.to.equal(other.token);
    // Whose turn this is nobody can tell: it gets neither token.
    const next = await turn(rig, [question, one.message, NEXT], as('ann'));
    expect([one.token, other.token]).not.to.include(next.token);
  });

  const forms: [string, (text: string) => Json][] = [
    ['as it was', (content) => ({ role: 'assistant', content })],
    ['trimmed', (content) => ({ role: 'assistant', content: content.trim() })],
    ['in parts', (content) => ({ role: 'assistant', content: [{ type: 'text', text: content }] })],
    [
      'with its reasoning',
      (content) => ({ role: 'assistant', content, reasoning_content: 'Hm.', refusal: null }),
    ],
  ];
  for (const [form, sentBack] of forms) {
    it(`stay the same over three turns when the answer is sent back ${form}`, async () => {
      const question = { ...QUESTION, content: `${form}: ${QUESTION.content}` };
      const first = await turn(rig, [question], as('ann'));
      const history = [question, sentBack(first.message.content), NEXT];
      const second = await turn(rig, history, as('ann'));
      expect(second.token).to.equal(first.token);
      const third = await turn(rig, [...history, sentBack(second.message.content), NEXT], as('ann'));
      expect(third.token).to.equal(first.token);
    });
  }

  it('stay the same after a streamed answer', async () => {
    const question = { ...QUESTION, content: `streamed: ${QUESTION.content}` };
    const from = rig.upstreamChats.length;
    const response = await rig.ask('', { ...as('ann'), stream: true, messages: [question] });
    const content = joined(dataOf(await response.text()));
    const second = await turn(rig, [question, { role: 'assistant', content }, NEXT], as('ann'));
    expect(tokens(rig, from)).to.deep.equal([second.token, second.token]);
  });

  const ways: [string, AskOptions][] = [
    ['X-Conversation-Id', { headers: { 'x-conversation-id': 'way-1' } }],
    ['session_id', { headers: { session_id: 'way-2' } }],
    ['x-session-affinity', { headers: { 'x-session-affinity': 'way-3' } }],
    ['conversation_id', { conversation_id: 'way-4' }],
    ['metadata.conversation_id', { metadata: { conversation_id: 'way-5' } }],
    ['prompt_cache_key', { prompt_cache_key: 'way-6' }],
    ['metadata.user_id', { metadata: { user_id: 'way-7' } }],
  ];
  for (const [way, options] of ways) {
    it(`follow an id given by ${way}, whatever the history; the same id under another key is another conversation`, async () => {
      const with_ = (name: string) => ({
        ...options,
        headers: { ...options.headers, ...as(name).headers },
      });
      const first = await turn(rig, [QUESTION], with_('ann'));
      const rewritten = await turn(
        rig,
        [{ role: 'user', content: 'Summary so far. sim:say(ok)' }],
        with_('ann'),
      );
      expect(rewritten.token).to.equal(first.token);
      expect((await turn(rig, [QUESTION], with_('bob'))).token).not.to.equal(first.token);
    });
  }

  it('do not follow an empty id', async () => {
    const empty = { headers: { ...as('ann').headers, 'x-conversation-id': '' }, conversation_id: '' };
    const one = await turn(rig, [NEXT], empty);
    const other = await turn(rig, [NEXT], empty);
    expect(one.token).not.to.equal(other.token);
  });

  it('are minted once for 20 simultaneous turns of one new conversation', async () => {
    rig.simulator.setMintDelay(50);
    const from = rig.upstreamChats.length;
    const options = { headers: { ...as('ann').headers, 'x-conversation-id': 'twenty' } };
    await Promise.all(Array.from({ length: 20 }, (_, index) => rig.say(`sim:say(${index})`, options)));
    rig.simulator.setMintDelay(0);
    expect(new Set(tokens(rig, from)).size).to.equal(1);
    expect(tokens(rig, from)).to.have.length(20);
  });

  it('differ for 20 simultaneous new conversations', async () => {
    const from = rig.upstreamChats.length;
    await Promise.all(Array.from({ length: 20 }, () => rig.say('sim:say(x)', as('bob'))));
    expect(new Set(tokens(rig, from)).size).to.equal(20);
  });
});

describe('Guests in think mode', () => {
  const rig = useGateway({ form: 'web', env: { THINKING_OUTPUT: 'think', ENABLE_THINKING: 'true' } });

  it('are recognized by the answer with its <think> wrapper, and without', async () => {
    for (const keep of [true, false]) {
      const question = { role: 'user', content: `What is love, keep ${keep}?` };
      const first = await turn(rig, [question]);
      expect(first.message.content).to.match(/^<think>\n[\s\S]+\n<\/think>\n\n\*Simulated/);
      const content = keep
        ? first.message.content
        : first.message.content.replace(/^<think>[\s\S]*<\/think>\s*/, '');
      const second = await turn(rig, [question, { role: 'assistant', content }, NEXT]);
      expect(second.token).to.equal(first.token);
    }
  });
});

describe('Guests under the public key', () => {
  const rig = useGateway({ form: 'web', env: { TRUST_PROXY: '1' } });
  const from = (address: string, more: Record<string, string> = {}) => ({
    headers: { 'x-forwarded-for': address, authorization: `Bearer ${KEY}`, ...more },
  });

  it('are told apart by their address, for transcripts', async () => {
    const first = await turn(rig, [QUESTION], from('192.0.2.1'));
    const history = [QUESTION, first.message, NEXT];
    expect((await turn(rig, history, from('192.0.2.2'))).token).not.to.equal(first.token);
    expect((await turn(rig, history, from('192.0.2.1'))).token).to.equal(first.token);
  });

  it('are told apart by their address, for ids of their own', async () => {
    const id = { 'x-conversation-id': 'shared' };
    const one = await turn(rig, [QUESTION], from('192.0.2.1', id));
    expect((await turn(rig, [QUESTION], from('192.0.2.2', id))).token).not.to.equal(one.token);
    expect((await turn(rig, [QUESTION], from('192.0.2.1', id))).token).to.equal(one.token);
  });

  it('cannot pretend to have another address', async () => {
    const response = await rig.ask('sim:say(x)', from('192.0.2.1, 198.51.100.7'));
    expect((await rig.recordOf(response)).clientAddress).to.equal('198.51.100.7');
  });
});

describe('Without TRUST_PROXY', () => {
  const rig = useGateway({ form: 'web' });

  it('X-Forwarded-For is ignored', async () => {
    const response = await rig.ask('sim:say(x)', { headers: { 'x-forwarded-for': '192.0.2.1' } });
    expect((await rig.recordOf(response)).clientAddress).to.match(/127\.0\.0\.1$/);
  });
});

describe('A guest token that Z.ai no longer knows', () => {
  const rig = useGateway({ form: 'web' });

  it('is replaced once, and the turn succeeds', async () => {
    const first = await turn(rig, [QUESTION]);
    rig.simulator.revokeTokens();
    const from = rig.upstreamChats.length;
    expect(await rig.say('', { messages: [QUESTION, first.message, NEXT] })).to.equal('No more.');
    const used = tokens(rig, from);
    expect(used).to.have.length(2);
    expect(used[0]).to.equal(first.token);
    expect(used[1]).not.to.equal(first.token);
  });

  it('that cannot be replaced is an error of the upstream', async () => {
    rig.simulator.revokeTokens();
    rig.simulator.setMintStatus(405);
    const response = await rig.ask('sim:say(x)', { headers: { 'x-conversation-id': 'new' } });
    rig.simulator.setMintStatus(undefined);
    expect(response.status).to.equal(502);
  });
});

describe('A gateway that needs no guest tokens', () => {
  const rig = useGateway({ form: 'zai' });
  const account = useGateway({
    form: 'web',
    env: { ZAI_TOKEN: 'an.own.token' },
    simulator: { accountToken: 'an.own.token' },
  });

  it('asks for none', async () => {
    for (const one of [rig, account]) {
      expect(await one.say('sim:say(x)')).to.equal('x');
      expect(one.simulator.minted).to.deep.equal([]);
      expect(one.upstreamChats).to.have.length(1);
      expect(one.simulator.requests.filter(({ path }) => path.includes('/auths'))).to.deep.equal([]);
    }
  });
});
