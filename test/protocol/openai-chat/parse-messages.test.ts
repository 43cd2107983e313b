import { expect } from 'chai';
import { settleHistory } from '../../../src/completion/history.js';
import { parseMessages as parseGiven } from '../../../src/protocol/openai-chat/parse-messages.js';
import { BadRequestError } from '../../../src/vocabulary/errors.js';

const ok = { role: 'user', content: 'x' };

const parseMessages = (value: unknown) => settleHistory(parseGiven(value), 'messages');

function refusal(messages: unknown): BadRequestError {
  try {
    parseMessages(messages);
  } catch (error) {
    if (error instanceof BadRequestError) return error;
    throw error;
  }
  throw new Error('not refused');
}

const contents: [what: string, content: unknown, expected: string][] = [
  ['text as it is, never trimmed', '  a\n b ', '  a\n b '],
  ['null', null, ''],
  ['nothing at all', undefined, ''],
  ['no parts', [], ''],
  ['one part that stands alone', { type: 'text', text: 'a' }, 'a'],
  ['parts in the words of Responses', [{ type: 'input_text', text: 'a' }], 'a'],
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

const refused: [what: string, messages: unknown, param: string, message: RegExp][] = [
  ['no list', { 0: ok }, 'messages', /^messages must be an array of messages\.$/],
  ['an empty list', [], 'messages', /^messages must hold at least one message\.$/],
  ['a message that is a string', [ok, 'hi'], 'messages[1]', /^messages\[1\] must be an object/],
  ['a message that is null', [null], 'messages[0]', /^messages\[0\] must be an object/],
  ['a message that is a list', [[ok]], 'messages[0]', /^messages\[0\] must be an object/],
  [
    'no role',
    [{ content: 'x' }],
    'messages[0].role',
    /must be system, developer, user, assistant or tool\.$/,
  ],
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
    'messages[0].content.type',
    /must be "text" or another type of part/,
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
    'an image that is none',
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
    'messages[1].content[1].image_url.url',
    /must be an image as a data URL \(data:image\/png;base64,…\) or an http\(s\) URL\.$/,
  ],
  [
    'a part of an endless type',
    [{ role: 'user', content: [{ type: 'x'.repeat(1000) }] }],
    'messages[0].content[0]',
    /^.{0,150}$/,
  ],
  [
    'a tool’s result that answers no call',
    [ok, { role: 'tool', content: 'x' }],
    'messages[1].tool_call_id',
    /must be the id of the tool call\.$/,
  ],
  [
    'a call without an id',
    [{ role: 'assistant', tool_calls: [{ function: { name: 'f' } }] }],
    'messages[0].tool_calls[0].id',
    /must be the id of the tool call\.$/,
  ],
  [
    'calls that are no list',
    [{ role: 'assistant', tool_calls: { id: 'c' } }],
    'messages[0].tool_calls',
    /must be an array of tool calls\.$/,
  ],
  [
    'audio',
    [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'x', format: 'wav' } }] }],
    'messages[0].content[0]',
    /parts of type "input_audio" are not supported here; send text or images\.$/,
  ],
  [
    'a function’s result',
    [{ role: 'function', name: 'f', content: 'x' }],
    'messages[0].role',
    /functions are not supported; send tools and messages of role "tool"\.$/,
  ],
  [
    'a tool call without a name',
    [{ role: 'assistant', content: null, tool_calls: [{ id: 'c' }] }],
    'messages[0].tool_calls[0].function.name',
    /must name the function that was called\.$/,
  ],
  [
    'a function call',
    [{ role: 'assistant', content: null, function_call: { name: 'f' } }],
    'messages[0].function_call',
    /functions are not supported; send tools and tool_calls\.$/,
  ],
];

describe('parseMessages', () => {
  it('accepts all roles; developer becomes system', () => {
    const roles = ['system', 'developer', 'user', 'assistant'];
    expect(parseMessages(roles.map((role) => ({ role, content: role })))).to.deep.equal([
      { role: 'system', content: 'system' },
      { role: 'system', content: 'developer' },
      { role: 'user', content: 'user' },
      { role: 'assistant', content: 'assistant' },
    ]);
  });

  for (const [what, content, expected] of contents) {
    it(`accepts as content: ${what}`, () => {
      const said = { role: 'user', content: 'x' };
      expect(parseMessages([said, { role: 'assistant', content }])).to.deep.equal([
        said,
        { role: 'assistant', content: expected },
      ]);
      const users = expected === '' ? [] : [{ role: 'user', content: expected }];
      expect(parseMessages([said, { role: 'user', content }])).to.deep.equal([said, ...users]);
    });
  }

  it('uses the refusal as the text of an assistant message without content', () => {
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

  it('drops names and other fields of a message', () => {
    const message = {
      role: 'assistant',
      content: 'a',
      name: 'c',
      id: 'd',
      tool_calls: [],
    };
    expect(parseMessages([message])).to.deep.equal([{ role: 'assistant', content: 'a' }]);
    expect(parseMessages([{ ...message, tool_calls: null, function_call: null }])).to.have.length(1);
  });

  it('keeps calls with their ids beside empty, null or missing content, and their results', () => {
    const calls = [
      { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } },
      {
        id: 'call_2',
        type: 'function',
        index: 1,
        function: { name: 'get_time', arguments: { zone: 'CET' } },
      },
      { id: 'call_3', type: 'function', function: { name: 'rest' } },
    ];
    const toolCalls = [
      { id: 'call_1', name: 'get_weather', arguments: '{"city":"Oslo"}' },
      { id: 'call_2', name: 'get_time', arguments: '{"zone":"CET"}' },
      { id: 'call_3', name: 'rest', arguments: '' },
    ];
    for (const content of [null, '', undefined, []]) {
      expect(parseMessages([{ role: 'assistant', content, tool_calls: calls }])[0]).to.deep.equal({
        role: 'assistant',
        content: '',
        toolCalls,
      });
    }
    const parts = [
      { type: 'text', text: '4' },
      { type: 'text', text: 'degrees' },
    ];
    expect(
      parseMessages([
        { role: 'assistant', content: 'Let me see.', tool_calls: calls },
        { role: 'tool', tool_call_id: 'call_1', name: 'get_weather', content: '4 degrees' },
        { role: 'tool', tool_call_id: 'call_2', content: parts },
        { role: 'tool', tool_call_id: 'call_3', content: null },
      ]),
    ).to.deep.equal([
      { role: 'assistant', content: 'Let me see.', toolCalls },
      { role: 'tool', callId: 'call_1', content: '4 degrees' },
      { role: 'tool', callId: 'call_2', content: '4\ndegrees' },
      { role: 'tool', callId: 'call_3', content: '' },
    ]);
  });

  it('reads histories in Anthropic’s form, as some agents send them here', () => {
    const use = { type: 'tool_use', id: 'a', name: 'look', input: { at: 1 } };
    expect(
      parseMessages([
        { role: 'user', content: [{ type: 'text', text: 'Look' }] },
        {
          role: 'assistant',
          content: [{ type: 'thinking', thinking: 'Hm.' }, { type: 'text', text: 'I do.' }, use],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'a', content: 'seen' },
            { type: 'text', text: 'And?' },
          ],
        },
      ]),
    ).to.deep.equal([
      { role: 'user', content: 'Look' },
      {
        role: 'assistant',
        content: 'I do.',
        reasoning: 'Hm.',
        toolCalls: [{ id: 'a', name: 'look', arguments: '{"at":1}' }],
      },
      { role: 'tool', callId: 'a', content: 'seen' },
      { role: 'user', content: 'And?' },
    ]);
    const thought = {
      role: 'assistant',
      content: [{ type: 'thinking', thinking: 'Hm.' }],
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'look', arguments: '{}' } }],
    };
    expect(parseMessages([thought])[0]).to.deep.equal({
      role: 'assistant',
      content: '',
      reasoning: 'Hm.',
      toolCalls: [{ id: 'a', name: 'look', arguments: '{}' }],
    });
  });

  it('keeps reasoning under either name', () => {
    for (const field of ['reasoning_content', 'reasoning']) {
      expect(parseMessages([{ role: 'assistant', content: 'a', [field]: 'Hm.' }])).to.deep.equal([
        { role: 'assistant', content: 'a', reasoning: 'Hm.' },
      ]);
    }
    for (const reasoning_content of ['', null, 5, {}]) {
      expect(parseMessages([{ role: 'assistant', content: 'a', reasoning_content }])).to.deep.equal([
        { role: 'assistant', content: 'a' },
      ]);
    }
  });

  it('keeps the parts of a user message with images, in their order', () => {
    const content = [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
      { type: 'image_url', image_url: 'data:image/png;base64,AAAA' },
      'And that?',
    ];
    expect(parseMessages([{ role: 'user', content }])).to.deep.equal([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          {
            type: 'image',
            url: 'https://example.com/a.png',
            detail: 'low',
            param: 'messages[0].content[1].image_url.url',
            attached: true,
          },
          {
            type: 'image',
            url: 'data:image/png;base64,AAAA',
            param: 'messages[0].content[2].image_url.url',
            attached: true,
          },
          { type: 'text', text: 'And that?' },
        ],
      },
    ]);
  });

  for (const [what, messages, param, message] of refused) {
    it(`refuses ${what} with a 400 that names ${param}`, () => {
      const error = refusal(messages);
      expect(error).to.include({ status: 400, param, type: 'invalid_request_error' });
      expect(error.code).to.be.a('string');
      expect(error.message).to.match(message);
    });
  }
});
