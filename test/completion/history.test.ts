import { expect } from 'chai';
import { type GivenContent, type GivenMessage, settleHistory } from '../../src/completion/history.js';
import type { ImagePart } from '../../src/completion/request.js';
import { BadRequestError } from '../../src/vocabulary/errors.js';
import { cpuMsOf } from '../support/cpu-time.js';

const settle = (...given: GivenMessage[]) => settleHistory(given, 'messages');
const user = (content: GivenContent): GivenMessage => ({ role: 'user', content });
const assistant = (content: GivenContent, ...ids: string[]): GivenMessage => ({
  role: 'assistant',
  content,
  ...(ids.length === 0 ? {} : { toolCalls: ids.map((id) => ({ id, name: 'look', arguments: '{}' })) }),
});
const result = (callId: string, content: GivenContent = 'done'): GivenMessage => ({
  role: 'tool',
  callId,
  content,
});
const text = (words: string) => ({ type: 'text', text: words }) as const;
const image: ImagePart = { type: 'image', url: 'https://example.com/a.png', param: 'there' };
const pdf = {
  type: 'unreadable',
  kind: 'PDF',
  error: new BadRequestError('messages[0].content[1]: …', {
    code: 'unsupported_content',
    param: 'messages[0].content[1]',
  }),
} as const;
const OMITTED = '[PDF omitted: only text and images can be read here]';
const INTERRUPTED = '[no result: the call was interrupted]';

describe('What a model cannot read', () => {
  it('is a 400 that names it when the newest user message attaches it', () => {
    expect(() => settle(user([text('Read'), pdf])))
      .to.throw(BadRequestError)
      .with.property('param', 'messages[0].content[1]');
    expect(() => settle(assistant('', 'a'), result('a'), user([pdf]))).to.throw(BadRequestError);
    expect(() => settle(user([text('Read'), pdf]), user('  '))).to.throw(BadRequestError);
  });

  it('is a line of text everywhere else', () => {
    expect(settle(user([text('Read'), pdf]), assistant('I cannot.'), user('Then go on.'))).to.deep.equal([
      user(`Read\n${OMITTED}`),
      assistant('I cannot.'),
      user('Then go on.'),
    ]);
    expect(settle(user([text('Read'), pdf]), user('No, go on.'))[0]).to.deep.equal(user(`Read\n${OMITTED}`));
    expect(settle(assistant('', 'a'), result('a', [text('See:'), pdf]))[1]).to.deep.equal(
      result('a', `See:\n${OMITTED}`),
    );
    expect(settle(user([pdf]), assistant('', 'a'), result('a'))[0]).to.deep.equal(user(OMITTED));
    expect(settle({ role: 'system', content: [pdf] }, user('Hi'), assistant([pdf, text('x')]))).to.deep.equal(
      [{ role: 'system', content: OMITTED }, user('Hi'), assistant(`${OMITTED}\nx`)],
    );
  });
});

describe('Images of a conversation', () => {
  it('stay where they stand in user messages and results, and only the newest user message attaches them', () => {
    const shown = [text('See'), image];
    expect(settle(user(shown), assistant('', 'a'), result('a', shown), user(shown))).to.deep.equal([
      user(shown),
      assistant('', 'a'),
      result('a', shown),
      user([text('See'), { ...image, attached: true }]),
    ]);
    expect(settle(user(shown), assistant('Nice.'))[0]).to.deep.equal(user(shown));
  });

  it('are a line of text where no upstream takes them', () => {
    const line = '[image omitted: images can only be read in messages of the user and in results of tools]';
    expect(
      settle({ role: 'system', content: [text('Be'), image] }, user('Hi'), assistant([image])),
    ).to.deep.equal([{ role: 'system', content: `Be\n${line}` }, user('Hi'), assistant(line)]);
  });
});

describe('Empty messages', () => {
  it('are dropped where they are the user’s or instructions', () => {
    expect(
      settle(
        { role: 'system', content: '' },
        user(''),
        user('Hi'),
        assistant('Yes?'),
        user([text(''), text(' \n')]),
      ),
    ).to.deep.equal([user('Hi'), assistant('Yes?')]);
  });

  it('lose their empty parts alone where something else stands beside them', () => {
    expect(settle(user([text(''), text('a'), text(''), text('b')]))).to.deep.equal([user('a\nb')]);
    expect(settle(user([text(''), image]))).to.deep.equal([user([{ ...image, attached: true }])]);
  });

  it('are a 400 if there is no other message', () => {
    expect(() => settle({ role: 'system', content: '' }, user('')))
      .to.throw('messages: every message is empty; send at least one with text.')
      .that.includes({ status: 400, code: 'invalid_value', param: 'messages' });
  });
});

describe('Calls and results', () => {
  it('get a missing result, which says that the call was interrupted', () => {
    expect(settle(assistant('', 'a', 'b'), result('b'), user('Stop.'), assistant('', 'c'))).to.deep.equal([
      assistant('', 'a', 'b'),
      result('b'),
      result('a', INTERRUPTED),
      user('Stop.'),
      assistant('', 'c'),
      result('c', INTERRUPTED),
    ]);
  });

  it('stand side by side, whatever was said between them', () => {
    expect(settle(assistant('', 'a'), user('Wait.'), result('a'), user('Go.'))).to.deep.equal([
      assistant('', 'a'),
      result('a'),
      user('Wait.'),
      user('Go.'),
    ]);
  });

  it('become a message of the user where the result answers no call', () => {
    const orphan = (words: string) => user(`[result of an earlier tool call]\n${words}`);
    expect(settle(result('x', 'one'), user('Hi'))).to.deep.equal([orphan('one'), user('Hi')]);
    expect(settle(assistant('', 'a'), result('a'), result('a', 'again')).at(-1)).to.deep.equal(
      orphan('again'),
    );
    expect(
      settle(assistant('', 'a'), result('a'), assistant('Done.'), result('a', 'late')).at(-1),
    ).to.deep.equal(orphan('late'));
    expect(settle(result('x', [image]))).to.deep.equal([
      user([text('[result of an earlier tool call]'), image]),
    ]);
  });

  it('that share an id are matched one by one', () => {
    expect(settle(assistant('', 'a', 'a'), result('a', 'one'), result('a', 'two')).slice(1)).to.deep.equal([
      result('a', 'one'),
      result('a', 'two'),
    ]);
    expect(settle(assistant('', 'a', 'a'), result('a', 'one')).slice(1)).to.deep.equal([
      result('a', 'one'),
      result('a', INTERRUPTED),
    ]);
    expect(settle(assistant('', 'a'), result('a'), assistant('', 'a'), result('a'))).to.have.length(4);
  });

  it('of one turn are joined where a client sends each call in a message of its own', () => {
    const thinking: GivenMessage = { ...assistant('I look.', 'a'), reasoning: 'Hm.' } as GivenMessage;
    expect(settle(thinking, assistant('', 'b'), result('a'), result('b'))).to.deep.equal([
      { ...assistant('I look.', 'a', 'b'), reasoning: 'Hm.' },
      result('a'),
      result('b'),
    ]);
  });

  it('have well-formed arguments', () => {
    const call = { id: 'a', name: 'look', arguments: '{"at":"\\ud83d"}' };
    expect(
      settle({ role: 'assistant', content: '', toolCalls: [call] }, result('a'))[0],
    ).to.have.deep.property('toolCalls', [{ ...call, arguments: '{"at":"\ufffd"}' }]);
  });

  it('are matched in time in a conversation of a hundred thousand', () => {
    const ids = Array.from({ length: 100_000 }, (_, i) => `call_${i}`);
    const settleAll = () => {
      expect(settle(assistant('', ...ids), ...ids.toReversed().map((id) => result(id)))).to.have.length(
        100_001,
      );
      expect(settle(...ids.map((id) => assistant('', id)))).to.have.length(100_001);
    };
    expect(cpuMsOf(settleAll)).to.be.below(3_000);
  });
});
