import type Anthropic from '@anthropic-ai/sdk';
import { expect } from 'chai';
import { settleHistory } from '../../../src/completion/history.js';
import { parseMessages as parseGiven } from '../../../src/protocol/anthropic-messages/parse-messages.js';
import { BadRequestError } from '../../../src/vocabulary/errors.js';

type Given = Anthropic.Beta.BetaMessageParam;

const parseMessages = (system: unknown, messages: unknown) =>
  settleHistory(parseGiven(system, messages), 'messages');

/** Messages as the SDK's types allow them. */
const parse = (...messages: Given[]) => parseMessages(undefined, messages);
const user = (...content: Anthropic.Beta.BetaContentBlockParam[]): Given => ({ role: 'user', content });
const assistant = (...content: Anthropic.Beta.BetaContentBlockParam[]): Given => ({
  role: 'assistant',
  content,
});
const text = (words: string) => ({ type: 'text' as const, text: words });

function refusal(messages: unknown, system?: unknown): BadRequestError {
  try {
    parseMessages(system, messages);
  } catch (error) {
    if (error instanceof BadRequestError) return error;
    throw error;
  }
  return expect.fail('it should have been refused');
}

const DATA = 'iVBORw0KGgo=';
const png: Anthropic.ImageBlockParam = {
  type: 'image',
  source: { type: 'base64', media_type: 'image/png', data: DATA },
};
const imageAt = (param: string) => ({ type: 'image', url: `data:image/png;base64,${DATA}`, param });
/** The assistant's turn with the calls that a test's results belong to. */
const calling = (...ids: string[]): Given =>
  assistant(...ids.map((id) => ({ type: 'tool_use' as const, id, name: 'look', input: {} })));

describe('The messages of /v1/messages', () => {
  it('may have text as a string or as blocks', () => {
    expect(parse({ role: 'user', content: 'Hi' }, user(text('a'), text('b')))).to.deep.equal([
      { role: 'user', content: 'Hi' },
      { role: 'user', content: 'a\nb' },
    ]);
  });

  it('begin with the system’s instructions, string or blocks', () => {
    for (const system of [
      'Be\nkind',
      [{ ...text('Be'), cache_control: { type: 'ephemeral' } }, text('kind')],
    ])
      expect(parseMessages(system, [{ role: 'user', content: 'Hi' }])).to.deep.equal([
        { role: 'system', content: 'Be\nkind' },
        { role: 'user', content: 'Hi' },
      ]);
    for (const system of [null, '', []])
      expect(parseMessages(system, [{ role: 'user', content: 'Hi' }])).to.have.length(1);
  });

  it('leave out Claude Code’s billing line, which changes with every request', () => {
    const system = [text('x-anthropic-billing-header: cc_version=2; cch=123;'), text('Be kind')];
    expect(parseMessages(system, [{ role: 'user', content: 'Hi' }])[0]).to.deep.equal({
      role: 'system',
      content: 'Be kind',
    });
  });

  it('may have system messages between the turns', () => {
    expect(
      parseMessages(undefined, [
        { role: 'user', content: 'a' },
        { role: 'system', content: [text('b')] },
        { role: 'developer', content: 'c' },
      ]),
    ).to.deep.equal([
      { role: 'user', content: 'a' },
      { role: 'system', content: 'b' },
      { role: 'system', content: 'c' },
    ]);
  });

  it('may have images as data or as URLs, which keep their place', () => {
    const url = 'https://example.com/a.png';
    const linked: Anthropic.ImageBlockParam = { type: 'image', source: { type: 'url', url } };
    expect(parse(user(text('See'), png, linked))).to.deep.equal([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'See' },
          { ...imageAt('messages[0].content[1].source.data'), attached: true },
          { type: 'image', url, param: 'messages[0].content[2].source.url', attached: true },
        ],
      },
    ]);
  });

  it('may have text documents and search results, read as text', () => {
    const messages = parse(
      user(
        { type: 'document', title: 'Notes', source: { type: 'text', media_type: 'text/plain', data: 'one' } },
        { type: 'document', source: { type: 'content', content: [text('two')] } },
        { type: 'search_result', title: 'Found', source: 'https://a.example', content: [text('three')] },
      ),
    );
    expect(messages).to.deep.equal([
      { role: 'user', content: 'Notes\none\ntwo\nFound\nhttps://a.example\nthree' },
    ]);
  });

  it('keep text, thinking and calls of the assistant', () => {
    const [message] = parse(
      assistant(
        { type: 'thinking', thinking: 'Hm.', signature: 'abc' },
        { type: 'redacted_thinking', data: 'xyz' },
        text('I '),
        text('look.'),
        { type: 'tool_use', id: 'toolu_1', name: 'look', input: { at: '世界' } },
        { type: 'tool_use', id: 'toolu_2', name: 'now', input: {} },
      ),
    );
    expect(message).to.deep.equal({
      role: 'assistant',
      content: 'I look.',
      reasoning: 'Hm.',
      toolCalls: [
        { id: 'toolu_1', name: 'look', arguments: '{"at":"世界"}' },
        { id: 'toolu_2', name: 'now', arguments: '{}' },
      ],
    });
  });

  it('accept the input of a call as text, as some agents keep it', () => {
    const block = { type: 'tool_use', id: 'toolu_1', name: 'look', input: '{"at":"世界"}' };
    const [message] = parseMessages(undefined, [{ role: 'assistant', content: [block] }]);
    const toolCalls = [{ id: 'toolu_1', name: 'look', arguments: '{"at":"世界"}' }];
    expect(message).to.deep.include({ toolCalls });
  });

  it('leave out blocks of Anthropic’s own servers, and keep the summary of earlier turns', () => {
    const messages = parseMessages(undefined, [
      {
        role: 'assistant',
        content: [
          { type: 'server_tool_use', id: 'x', name: 'web_search', input: {} },
          { type: 'web_search_tool_result', tool_use_id: 'x', content: [] },
          { type: 'compaction', content: 'So far: nothing. ' },
          text('Done.'),
        ],
      },
    ]);
    expect(messages).to.deep.equal([{ role: 'assistant', content: 'So far: nothing. Done.' }]);
  });

  it('put results of tools before the user’s text', () => {
    const messages = parse(
      calling('a', 'b', 'c'),
      user(
        text('Go on.'),
        { type: 'tool_result', tool_use_id: 'a', content: 'one' },
        { type: 'tool_result', tool_use_id: 'b', content: [text('two'), text('three')] },
        { type: 'tool_result', tool_use_id: 'c' },
      ),
    );
    expect(messages.slice(1)).to.deep.equal([
      { role: 'tool', callId: 'a', content: 'one' },
      { role: 'tool', callId: 'b', content: 'two\nthree' },
      { role: 'tool', callId: 'c', content: '' },
      { role: 'user', content: 'Go on.' },
    ]);
    expect(
      parse(calling('a'), user({ type: 'tool_result', tool_use_id: 'a', content: 'one' })),
    ).to.have.length(2);
  });

  it('tell the model in text that a tool failed', () => {
    const failed = {
      type: 'tool_result',
      tool_use_id: 'a',
      content: 'no such file',
      is_error: true,
    } as const;
    expect(parse(calling('a'), user(failed)).at(-1)).to.deep.equal({
      role: 'tool',
      callId: 'a',
      content: 'The tool failed:\nno such file',
    });
  });

  it('keep the images of a result in their place', () => {
    const messages = parse(
      calling('a'),
      user({ type: 'tool_result', tool_use_id: 'a', content: [text('The page:'), png] }, text('And?')),
    );
    expect(messages.slice(1)).to.deep.equal([
      {
        role: 'tool',
        callId: 'a',
        content: [
          { type: 'text', text: 'The page:' },
          imageAt('messages[1].content[0].content[1].source.data'),
        ],
      },
      { role: 'user', content: 'And?' },
    ]);
  });

  it('leave out an empty text block beside a result', () => {
    const result = { type: 'tool_result', tool_use_id: 'a', content: 'one' } as const;
    expect(parse(calling('a'), user(result, text(''))).slice(1)).to.deep.equal([
      { role: 'tool', callId: 'a', content: 'one' },
    ]);
  });

  it('keep thinking with any signature, and leave out redacted thinking', () => {
    const foreign = { type: 'thinking', thinking: 'Hm.', signature: 'EqQBCkYIBxgCKkBfb3JlaWdu' } as const;
    const redacted = { type: 'redacted_thinking', data: 'EmwKAhgBEgy3va3pzix' } as const;
    expect(
      parse({ role: 'user', content: 'Hi' }, assistant(foreign, redacted, text('Yes.')))[1],
    ).to.deep.equal({
      role: 'assistant',
      content: 'Yes.',
      reasoning: 'Hm.',
    });
    expect(parse({ role: 'user', content: 'Hi' }, assistant(redacted), user(text('And?')))).to.deep.equal([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: '' },
      { role: 'user', content: 'And?' },
    ]);
  });

  const one = (content: unknown, role = 'user') => [{ role, content }];
  const wrong: [messages: unknown, param: string][] = [
    [['Hi'], 'messages[0]'],
    [one('Hi', 'tool'), 'messages[0].role'],
    [one(5), 'messages[0].content'],
    [one([5]), 'messages[0].content[0]'],
    [one([{ text: 'a' }]), 'messages[0].content[0].type'],
    [one([{ type: 'text' }]), 'messages[0].content[0].text'],
    [one([{ type: 'audio' }]), 'messages[0].content[0]'],
    [one([{ type: 'image' }]), 'messages[0].content[0].source'],
    [one([{ type: 'image', source: { type: 'file', file_id: 'f' } }]), 'messages[0].content[0].source'],
    [
      one([{ type: 'image', source: { type: 'base64', media_type: 'text/html', data: 'x' } }]),
      'messages[0].content[0].source.media_type',
    ],
    [
      one([{ type: 'image', source: { type: 'base64', media_type: 'image/png' } }]),
      'messages[0].content[0].source.data',
    ],
    [
      one([{ type: 'image', source: { type: 'url', url: 'file:///etc/passwd' } }]),
      'messages[0].content[0].source.url',
    ],
    [one([{ type: 'tool_result', content: 'x' }]), 'messages[0].content[0].tool_use_id'],
    [one([{ type: 'tool_use', name: 'x' }], 'assistant'), 'messages[0].content[0].id'],
    [one([{ type: 'tool_use', id: 'x' }], 'assistant'), 'messages[0].content[0].name'],
    [one(['x'], 'assistant'), 'messages[0].content[0]'],
  ];
  for (const [messages, param] of wrong) {
    it(`are refused with the path of the fault: ${JSON.stringify(messages).slice(0, 90)}`, () => {
      const error = refusal(messages);
      expect(error.param).to.equal(param);
      expect(error.message.startsWith(param)).to.equal(true);
    });
  }

  it('are refused with a cure if they attach a PDF', () => {
    const pdf = { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: DATA } };
    const error = refusal(one([text('Read'), pdf]));
    expect(error).to.include({ code: 'unsupported_content', param: 'messages[0].content[1].source' });
    expect(error.message).to.contain('send a PDF as its text or as images');
    expect(error.message).not.to.contain(DATA);
  });
});
