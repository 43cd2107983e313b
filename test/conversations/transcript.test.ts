import { expect } from 'chai';
import fc from 'fast-check';
import { settleHistory } from '../../src/completion/history.js';
import { getText, type Message } from '../../src/completion/request.js';
import { digestConversationId, Transcript } from '../../src/conversations/transcript.js';
import { parseMessages as parseGiven } from '../../src/protocol/openai-chat/parse-messages.js';
import { cpuMsOf } from '../support/cpu-time.js';

const parseMessages = (value: unknown) => settleHistory(parseGiven(value), 'messages');

type Role = Exclude<Message['role'], 'tool'>;

const said = (role: Role, content: string): Message => ({ role, content });
const user = (content: string) => said('user', content);
const assistant = (content: string) => said('assistant', content);
const digestBefore = (...messages: Message[]) => new Transcript('tenant', messages).before;

/** What the next turn brings along must be what the last one left. */
function recognized(sent: string, returned: unknown): boolean {
  const first = [user('Hello')];
  const next = parseMessages([...first, { role: 'assistant', content: returned }, user('And?')]);
  return new Transcript('tenant', first).after({ content: sent }) === digestBefore(...next);
}

describe('Transcript', () => {
  it('has no digest before a first turn', () => {
    expect(digestBefore(user('Hello'))).to.equal(undefined);
    expect(digestBefore(said('system', 'Be brief.'), user('Hello'), user('Are you there?'))).to.equal(
      undefined,
    );
  });

  it('recognizes a turn by all messages up to the last answer', () => {
    const messages = [said('system', 'Be brief.'), user('Hello'), assistant('Hi'), user('How are you?')];
    const after = new Transcript('tenant', messages).after({ content: 'Fine.' });
    expect(digestBefore(...messages, assistant('Fine.'), user('Good.'))).to.equal(after);
    expect(digestBefore(...messages, assistant('Fine.'), user('Good.'), user('And now?'))).to.equal(after);
    expect(digestBefore(...messages)).not.to.equal(after);
  });

  it('computes the same digest every time', () => {
    const transcript = new Transcript('tenant', [user('Hello')]);
    const after = transcript.after({ content: 'Hi' });
    expect(transcript.after({ content: 'Ho' })).not.to.equal(after);
    expect(transcript.after({ content: 'Hi' })).to.equal(after);
  });

  it('is a full SHA-256 digest without any text of the messages', () => {
    expect(new Transcript('tenant', [user('secret')]).after({ content: 'secret' })).to.match(/^[\w-]{43}$/);
  });

  const same: [what: string, sent: string, returned: unknown][] = [
    ['as it was', 'Hi\nthere', 'Hi\nthere'],
    ['trimmed', '\n\nHi there \n', 'Hi there'],
    ['as parts', 'Hi there', [{ type: 'text', text: 'Hi there' }]],
    [
      'in several parts',
      'Hi\nthere',
      [
        { type: 'text', text: 'Hi' },
        { type: 'text', text: 'there' },
      ],
    ],
    ['without the thinking that stood in it', '<think>\nHm.\n</think>\n\nHi', 'Hi'],
    ['with its thinking', '<think>\nHm.\n</think>\n\nHi', '<think>\nHm.\n</think>\n\nHi'],
    ['without the thinking of several rounds', '<think>a</think>\n\nHi<think>b</think>', 'Hi'],
    ['as null, being empty', '', null],
    ['as nothing, being empty', '', undefined],
    ['as no parts, being empty', '', []],
    ['as nothing, being thinking alone', '<think>\nHm.\n</think>\n\n', null],
  ];
  for (const [what, sent, returned] of same) {
    it(`recognizes an answer that comes back ${what}`, () => {
      expect(recognized(sent, returned)).to.equal(true);
    });
  }

  it('does not recognize a changed answer', () => {
    for (const returned of ['Hi there!', 'hi there', 'Hi  there', 'Hi', null]) {
      expect(recognized('Hi there', returned), String(returned)).to.equal(false);
    }
  });

  it('recognizes an answer with tool calls by their ids, whatever form their arguments have', () => {
    const first = [user('Hello')];
    const toolCalls = [
      { id: 'call_1', name: 'a', arguments: '{"x": 1}' },
      { id: 'call_2', name: 'b', arguments: '{}' },
    ];
    const after = new Transcript('tenant', first).after({ content: '', toolCalls });
    const next = (ids: string[], result = 'done') =>
      digestBefore(
        ...parseMessages([
          ...first,
          {
            role: 'assistant',
            content: null,
            tool_calls: ids.map((id) => ({
              id,
              type: 'function',
              function: { name: 'a', arguments: '{"x":1}' },
            })),
          },
          ...ids.map((tool_call_id) => ({ role: 'tool', tool_call_id, content: result })),
        ]),
      );
    expect(next(['call_1', 'call_2'])).to.equal(after);
    expect(next(['call_1', 'call_2'], 'failed')).to.equal(after);
    for (const ids of [['call_1'], ['call_2', 'call_1'], ['call_1', 'call_3'], ['call_1call_2']]) {
      expect(next(ids), ids.join(' ')).not.to.equal(after);
    }
  });

  it('distinguishes conversations by the results of their tools', () => {
    const result = (callId: string, content: string): Message => ({ role: 'tool', callId, content });
    const digests = [result('c1', 'a'), result('c1', 'b'), result('c2', 'a'), user('a')].map((message) =>
      digestBefore(user('Hello'), message, assistant('Hi')),
    );
    expect(new Set(digests)).to.have.property('size', 4);
  });

  it('treats an open thinking tag as text', () => {
    expect(recognized('<think>Hi', '<think>Hi')).to.equal(true);
    expect(recognized('<think>Hi', 'Hi')).to.equal(false);
  });

  it('treats thinking tags in a question as text', () => {
    expect(digestBefore(user('<think>a</think>b'), assistant('x'))).not.to.equal(
      digestBefore(user('b'), assistant('x')),
    );
  });

  it('distinguishes tenants', () => {
    const messages = [user('Hello'), assistant('Hi')];
    const digests = ['key alice', 'key bob', 'public 192.0.2.1', 'public 192.0.2.2', ''].map(
      (tenant) => new Transcript(tenant, messages).before,
    );
    expect(new Set(digests).size).to.equal(digests.length);
  });

  it('does not confuse one message with several, or a role with text', () => {
    const transcripts = [
      [user('a'), user('b'), assistant('c')],
      [user('ab'), assistant('c')],
      [user('a\nuser 1\nb'), assistant('c')],
      [user('a\nuser\nb'), assistant('c')],
      [user('a'), user('b\nassistant 1\nc'), assistant('')],
      [user('a'), assistant('b'), assistant('c')],
      [said('system', 'a'), user('b'), assistant('c')],
      [user('a'), user('bc'), assistant('')],
      [user(''), user('ab'), assistant('c')],
    ];
    expect(new Set(transcripts.map((messages) => digestBefore(...messages))).size).to.equal(
      transcripts.length,
    );
  });

  it('gives different transcripts different digests', () => {
    const words = fc.string({ unit: fc.constantFrom('a', '1', '\n', ' ', 'user 1\n', 'user\n', '好') });
    const role = fc.constantFrom('system', 'user', 'assistant' as const);
    const transcript = fc.array(
      fc.record({ role, content: words }).map(({ role, content }) => said(role as Role, content)),
      { maxLength: 4 },
    );
    const meaning = (messages: Message[]) =>
      JSON.stringify(messages.map((message) => [message.role, getText(message).trim()]));
    fc.assert(
      fc.property(transcript, transcript, (one, other) => {
        const digests = [one, other].map((messages) =>
          new Transcript('t', messages).after({ content: 'end' }),
        );
        expect(digests[0] === digests[1]).to.equal(meaning(one) === meaning(other));
      }),
    );
  });

  it('takes linear time for a megabyte of tags that are never closed', () => {
    const hostile = '<think>'.repeat(150_000);
    const digest = () =>
      digestBefore(user('a'), assistant(hostile), assistant(`${'<think></think>'.repeat(70_000)}`));
    expect(cpuMsOf(digest)).to.be.lessThan(1_000);
  });
});

describe('digestConversationId', () => {
  it('distinguishes tenants and ids, whatever characters they have', () => {
    const pairs = [
      ['a', 'b'],
      ['b', 'a'],
      ['ab', ''],
      ['', 'ab'],
      ['a\nid 1\nb', ''],
      ['a', 'b\n'],
    ] as const;
    const digests = pairs.map(([tenant, id]) => digestConversationId(tenant, id));
    expect(new Set(digests).size).to.equal(pairs.length);
    expect(digestConversationId('a', 'b'))
      .to.equal(digests[0])
      .and.match(/^[\w-]{43}$/);
  });

  it('never equals the digest of a transcript', () => {
    const transcript = new Transcript('a', []);
    expect(transcript.after({ content: 'b' })).not.to.equal(digestConversationId('a', 'b'));
  });
});
