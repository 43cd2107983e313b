import { expect } from 'chai';
import { hasOnlyPastImages, moveImages, omitImages } from '../../src/completion/images.js';
import type { ImagePart, Message } from '../../src/completion/request.js';

const image = (name: string, fields: object = {}): ImagePart => ({
  type: 'image',
  url: `https://example.com/${name}.png`,
  param: `at.${name}`,
  ...fields,
});
const text = (words: string) => ({ type: 'text', text: words }) as const;
const user = (content: Extract<Message, { role: 'user' }>['content']): Message => ({ role: 'user', content });
const result = (callId: string, content: Extract<Message, { role: 'tool' }>['content']): Message => ({
  role: 'tool',
  callId,
  content,
});
const calls: Message = {
  role: 'assistant',
  content: '',
  toolCalls: [
    { id: 'a', name: 'look', arguments: '{}' },
    { id: 'b', name: 'look', arguments: '{}' },
  ],
};

describe('Images for a model that reads text only', () => {
  const omit = (...messages: Message[]) => omitImages(messages, 'GLM-5.2 reads text only', 'send text');
  const LINE = '[image omitted: GLM-5.2 reads text only]';

  it('are a line of text in results of tools and in earlier messages', () => {
    expect(
      omit(user([text('See'), image('one')]), calls, result('a', [text('Page'), image('two')])),
    ).to.deep.equal([user(`See\n${LINE}`), calls, result('a', `Page\n${LINE}`)]);
  });

  it('are refused where the newest user message attaches them, with the field, the reason and the cure', () => {
    expect(() => omit(user([text('See'), image('one', { attached: true })])))
      .to.throw('at.one: GLM-5.2 reads text only; send text.')
      .that.includes({ status: 400, code: 'unsupported_content', param: 'at.one' });
  });

  it('are looked for without a copy: a conversation of text stays the same object', () => {
    const messages = [user('Hi'), calls, result('a', 'x')];
    expect(omitImages(messages, 'r', 'c')).to.equal(messages);
  });
});

describe('Images of a conversation can be left out', () => {
  const attached = user([text('See'), image('one', { attached: true })]);
  const shown = result('a', [image('two')]);
  for (const [when, messages, expected] of [
    ['when tools or earlier turns have shown them', [user([image('one')]), calls, shown], true],
    ['not when the newest user message attaches one', [user('Hi'), calls, shown, attached], false],
    ['not when it has none', [user('Hi'), calls, result('a', 'x')], false],
  ] as const) {
    it(when, () => {
      expect(hasOnlyPastImages(messages)).to.equal(expected);
    });
  }
});

describe('Images for a model that reads images', () => {
  const move = (...messages: Message[]) => moveImages(messages);
  const MOVED = '[image: in the next user message]';

  it('move out of results to the user message behind them, before what it says itself', () => {
    expect(move(calls, result('a', [text('Page'), image('one')]), user('And?'))).to.deep.equal([
      calls,
      result('a', `Page\n${MOVED}`),
      user([image('one'), text('And?')]),
    ]);
  });

  it('wait for the last of parallel results, and get a user message of their own where there is none', () => {
    const answer: Message = { role: 'assistant', content: 'Nice.' };
    const shown = [calls, result('a', [image('one')]), result('b', [image('two')])];
    const expected = [calls, result('a', MOVED), result('b', MOVED), user([image('one'), image('two')])];
    expect(move(...shown)).to.deep.equal(expected);
    expect(move(...shown, answer, user('Why?'))).to.deep.equal([...expected, answer, user('Why?')]);
  });

  it('stay where they are in user messages', () => {
    const messages = [user([image('one'), text('See')])];
    expect(moveImages(messages)).to.equal(messages);
  });
});
