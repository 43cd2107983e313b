import { expect } from 'chai';
import { BadRequestError } from '../../../src/errors.js';
import { parseMessages } from '../../../src/protocol/openai-chat/parse-messages.js';

function refusal(messages: unknown): BadRequestError {
  try {
    parseMessages(messages);
  } catch (error) {
    if (error instanceof BadRequestError) return error;
    throw error;
  }
  throw new Error('not refused');
}

describe('parseMessages', () => {
  it('knows the roles; developer is what system was called before', () => {
    const roles = ['system', 'developer', 'user', 'assistant'];
    expect(parseMessages(roles.map((role) => ({ role, content: role })))).to.deep.equal([
      { role: 'system', content: 'system' },
      { role: 'system', content: 'developer' },
      { role: 'user', content: 'user' },
      { role: 'assistant', content: 'assistant' },
    ]);
  });

  const contents: [what: string, content: unknown, expected: string][] = [
    ['text as it is, never trimmed', '  a\n b ', '  a\n b '],
    ['null', null, ''],
    ['nothing at all', undefined, ''],
    ['no parts', [], ''],
    ['one text part', [{ type: 'text', text: 'a' }], 'a'],
    [
      'several text parts, joined by line ends',
      [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
      'a\nb',
    ],
    ['bare strings among the parts', ['a', { type: 'text', text: 'b' }], 'a\nb'],
    ['a refusal part', [{ type: 'refusal', refusal: 'no' }], 'no'],
    ['cache marks on a part', [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral' } }], 'a'],
  ];
  for (const [what, content, expected] of contents) {
    it(`takes for content: ${what}`, () => {
      for (const role of ['user', 'assistant'] as const) {
        expect(parseMessages([{ role, content }])).to.deep.equal([{ role, content: expected }]);
      }
    });
  }

  it('takes a refusal for the words of an assistant message without content', () => {
    const messages = [
      { role: 'assistant', content: null, refusal: 'I will not.' },
      { role: 'assistant', content: 'I will.', refusal: 'I will not.' },
      { role: 'assistant', content: '', refusal: null },
    ];
    expect(parseMessages(messages).map(({ content }) => content)).to.deep.equal([
      'I will not.',
      'I will.',
      '',
    ]);
  });

  it('leaves reasoning, names and other fields of a message out', () => {
    const message = {
      role: 'assistant',
      content: 'a',
      reasoning_content: 'b',
      name: 'c',
      id: 'd',
      tool_calls: [],
    };
    expect(parseMessages([message])).to.deep.equal([{ role: 'assistant', content: 'a' }]);
    expect(parseMessages([{ ...message, tool_calls: null, function_call: null }])).to.have.length(1);
  });

  const ok = { role: 'user', content: 'x' };
  const refused: [what: string, messages: unknown, param: string, message: RegExp][] = [
    ['no list', { 0: ok }, 'messages', /^messages must be an array of messages\.$/],
    ['an empty list', [], 'messages', /^messages must hold at least one message\.$/],
    ['a message that is a string', [ok, 'hi'], 'messages[1]', /^messages\[1\] must be an object/],
    ['a message that is null', [null], 'messages[0]', /^messages\[0\] must be an object/],
    ['a message that is a list', [[ok]], 'messages[0]', /^messages\[0\] must be an object/],
    ['no role', [{ content: 'x' }], 'messages[0].role', /must be system, developer, user or assistant\.$/],
    ['an unknown role', [ok, { role: 'bot', content: 'x' }], 'messages[1].role', /must be system/],
    [
      'content of another type',
      [{ role: 'user', content: 5 }],
      'messages[0].content',
      /must be a string, an array/,
    ],
    [
      'content that is an object',
      [{ role: 'user', content: {} }],
      'messages[0].content',
      /must be a string, an array/,
    ],
    [
      'a part that is a number',
      [{ role: 'user', content: [5] }],
      'messages[0].content[0]',
      /must be an object/,
    ],
    [
      'a part without a type',
      [{ role: 'user', content: [{}] }],
      'messages[0].content[0].type',
      /must be "text"/,
    ],
    [
      'a text part without text',
      [{ role: 'user', content: ['a', { type: 'text' }] }],
      'messages[0].content[1].text',
      /must be a string/,
    ],
    [
      'an image',
      [
        ok,
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'image_url', image_url: { url: 'data:,' } },
          ],
        },
      ],
      'messages[1].content[1]',
      /^messages\[1\]\.content\[1\]: parts of type "image_url" are not supported; send text\.$/,
    ],
    [
      'a part of an endless type',
      [{ role: 'user', content: [{ type: 'x'.repeat(1000) }] }],
      'messages[0].content[0]',
      /^.{0,150}$/,
    ],
    [
      'a tool’s result',
      [ok, { role: 'tool', tool_call_id: 'c', content: 'x' }],
      'messages[1].role',
      /^messages\[1\]\.role: tool calls and their results are not supported yet/,
    ],
    [
      'a function’s result',
      [{ role: 'function', name: 'f', content: 'x' }],
      'messages[0].role',
      /not supported yet/,
    ],
    [
      'a tool call',
      [{ role: 'assistant', content: null, tool_calls: [{ id: 'c' }] }],
      'messages[0].tool_calls',
      /not supported yet/,
    ],
    [
      'a function call',
      [{ role: 'assistant', content: null, function_call: { name: 'f' } }],
      'messages[0].function_call',
      /not supported yet/,
    ],
  ];
  for (const [what, messages, param, message] of refused) {
    it(`refuses ${what} with a 400 that names ${param}`, () => {
      const error = refusal(messages);
      expect(error).to.include({ status: 400, param, type: 'invalid_request_error' });
      expect(error.code).to.be.a('string');
      expect(error.message).to.match(message);
    });
  }
});
