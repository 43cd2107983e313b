import { expect } from 'chai';
import type { CompletionRequest } from '../../../src/completion/request.js';
import { modelsOf } from '../../../src/upstream/models.js';
import { buildOpenaiBody } from '../../../src/upstream/openai-compatible/request-body.js';
import { request } from '../support.js';

/** The body as it goes over the wire. */
function body(provider: 'zai' | 'self-hosted', more: Partial<CompletionRequest> = {}): object {
  return JSON.parse(JSON.stringify(buildOpenaiBody(request('Hi', more), provider)));
}

const same = {
  model: 'GLM-4-6-API-V1',
  messages: [{ role: 'user', content: 'Hi' }],
  stream: true,
  stream_options: { include_usage: true },
};

describe('buildOpenaiBody', () => {
  it('says no more than was asked', () => {
    expect(body('zai')).to.deep.equal({ ...same, thinking: { type: 'disabled' } });
    expect(body('self-hosted')).to.deep.equal({ ...same, chat_template_kwargs: { enable_thinking: false } });
  });

  const sampling = {
    temperature: 1.7,
    topP: 0,
    topK: 5,
    minP: 0.1,
    maxTokens: 100,
    seed: 3,
    presencePenalty: 0.5,
    frequencyPenalty: 0.4,
    repetitionPenalty: 1.1,
    logitBias: { '7': 1 },
  };

  it('clamps for Z.ai and leaves out what it does not know', () => {
    expect(body('zai', { sampling })).to.deep.equal({
      ...same,
      thinking: { type: 'disabled' },
      temperature: 1,
      top_p: 0.01,
      max_tokens: 100,
    });
  });

  it('asks Z.ai for no longer answer than the model gives, and leaves that to a self-hosted one', () => {
    const sampling = { maxTokens: 1_000_000 };
    const asked = (provider: 'zai' | 'self-hosted', id: string) => {
      const model = modelsOf('api').find((row) => row.id === id) ?? { id, name: id };
      return (body(provider, { sampling, model }) as { max_tokens: number }).max_tokens;
    };
    expect(asked('zai', 'glm-4.5-air')).to.equal(98_304);
    expect(asked('zai', 'glm-4.6')).to.equal(131_072);
    expect(asked('zai', 'glm-4.5v')).to.equal(16_384);
    expect(asked('zai', 'glm-9')).to.equal(131_072);
    expect(asked('self-hosted', 'glm-4.6')).to.equal(1_000_000);
  });

  it('passes everything on to a self-hosted GLM', () => {
    expect(body('self-hosted', { sampling })).to.deep.equal({
      ...same,
      chat_template_kwargs: { enable_thinking: false },
      temperature: 1.7,
      top_p: 0,
      top_k: 5,
      min_p: 0.1,
      max_tokens: 100,
      seed: 3,
      presence_penalty: 0.5,
      frequency_penalty: 0.4,
      repetition_penalty: 1.1,
      repeat_penalty: 1.1,
      logit_bias: { '7': 1 },
    });
  });

  const fields: [string, Partial<CompletionRequest>, zai: object, selfHosted: object][] = [
    [
      'thinking',
      { thinking: true },
      { thinking: { type: 'enabled' } },
      { chat_template_kwargs: { enable_thinking: true } },
    ],
    ['one stop text', { stop: ['END'] }, { stop: ['END'] }, { stop: ['END'] }],
    [
      'a stop text to be told of',
      { stop: ['END'], stopIsTold: true },
      { stop: undefined },
      { stop: undefined },
    ],
    ['two stop texts', { stop: ['A', 'B'] }, { stop: undefined }, { stop: ['A', 'B'] }],
    [
      'a JSON answer',
      { responseFormat: { type: 'json_object' } },
      { response_format: { type: 'json_object' } },
      { response_format: { type: 'json_object' } },
    ],
    ['a user', { user: 'user-123' }, { user_id: 'user-123' }, { user: 'user-123' }],
    ['a user of few letters', { user: 'me' }, { user_id: undefined }, { user: 'me' }],
    ['a user of many letters', { user: 'x'.repeat(129) }, { user_id: undefined }, { user: 'x'.repeat(129) }],
  ];
  for (const [name, more, zai, selfHosted] of fields) {
    it(`says ${name} as each of them wants it`, () => {
      for (const [provider, expected] of [
        ['zai', zai],
        ['self-hosted', selfHosted],
      ] as const) {
        const sent = body(provider, more) as Record<string, unknown>;
        for (const [key, value] of Object.entries(expected)) expect(sent[key]).to.deep.equal(value);
      }
    });
  }

  const tools = [
    { name: 'get_time', description: 'Tells the time.', parameters: { type: 'object' } },
    { name: 'rest' },
  ];
  const toolsBody = [
    { type: 'function', function: tools[0] },
    { type: 'function', function: { name: 'rest', parameters: { type: 'object', properties: {} } } },
  ];

  it('offers tools, with the choices that each of them knows', () => {
    const zai = body('zai', { tools });
    expect(zai).to.deep.equal({ ...same, thinking: { type: 'disabled' }, tools: toolsBody });
    const selfHosted = body('self-hosted', { tools });
    expect(selfHosted).to.deep.equal({
      ...same,
      chat_template_kwargs: { enable_thinking: false },
      tools: toolsBody,
      tool_choice: 'auto',
    });
  });

  it('offers no tool to Z.ai that must not be called, and says `none` to a self-hosted GLM', () => {
    expect(body('zai', { tools, toolChoice: 'none' })).not.to.have.any.keys(
      'tools',
      'tool_choice',
      'tool_stream',
    );
    expect(body('self-hosted', { tools, toolChoice: 'none' })).to.deep.include({
      tools: toolsBody,
      tool_choice: 'none',
    });
  });

  it('asks for streamed arguments where the model of Z.ai has them', () => {
    const model = { id: 'glm-4.6', name: 'GLM-4.6' };
    expect(body('zai', { tools, model })).to.have.property('tool_stream', true);
    expect(body('zai', { model })).not.to.have.property('tool_stream');
    expect(body('zai', { tools, model: { id: 'glm-4.5', name: 'GLM-4.5' } })).not.to.have.property(
      'tool_stream',
    );
    expect(body('self-hosted', { tools, model })).not.to.have.property('tool_stream');
  });

  it('says that one call is enough to whom it can be said', () => {
    const one = { tools, parallelToolCalls: false };
    expect(body('self-hosted', one)).to.have.property('parallel_tool_calls', false);
    expect(body('zai', one)).not.to.have.property('parallel_tool_calls');
    expect(body('self-hosted', { parallelToolCalls: false })).not.to.have.property('parallel_tool_calls');
  });

  it('sends calls, their results, and the thinking that came with them back as they were', () => {
    const messages = [
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        content: '',
        reasoning: 'Hm.\n',
        toolCalls: [{ id: 'call_1', name: 'get_time', arguments: '{"zone": "CET"}' }],
      },
      { role: 'tool', callId: 'call_1', content: '' },
    ] as const;
    for (const provider of ['zai', 'self-hosted'] as const) {
      expect(body(provider, { messages, tools })).to.have.deep.property('messages', [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: '',
          reasoning_content: 'Hm.\n',
          tool_calls: [
            { id: 'call_1', type: 'function', function: { name: 'get_time', arguments: '{"zone": "CET"}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'call_1', content: '' },
      ]);
    }
  });

  it('sends arguments that are no object back as one, so that a slip of the model does not end the conversation', () => {
    for (const [written, sent] of [
      ['', '{}'],
      [' ', '{}'],
      ['{"a": 1}', '{"a": 1}'],
      ['{"a": "cut he', '{"unreadable":"{\\"a\\": \\"cut he"}'],
      ['[1]', '{"unreadable":"[1]"}'],
    ] as const) {
      const toolCalls = [{ id: 'call_1', name: 'a', arguments: written }];
      const messages = [{ role: 'assistant', content: '', toolCalls }] as const;
      expect(body('zai', { messages })).to.have.nested.property(
        'messages[0].tool_calls[0].function.arguments',
        sent,
      );
    }
  });

  it('passes the settings of Z.ai’s web search on to Z.ai alone, beside functions', () => {
    const webSearch = { enable: true, search_engine: 'search-prime' };
    const search = { type: 'web_search', web_search: webSearch };
    expect(body('zai', { webSearch })).to.have.deep.property('tools', [search]);
    expect(body('zai', { webSearch, tools: [{ name: 'rest' }] }))
      .to.have.property('tools')
      .that.has.lengthOf(2)
      .and.deep.includes(search);
    expect(body('zai', { webSearch, toolChoice: 'none' })).not.to.have.property('tools');
    expect(body('self-hosted', { webSearch })).not.to.have.property('tools');
  });

  it('passes images on as they came', () => {
    const content = [
      { type: 'text', text: 'What is this?' },
      { type: 'image', url: 'data:image/png;base64,AAAA', param: 'messages' },
      { type: 'image', url: 'http://example.com/a.png', detail: 'low', param: 'messages' },
    ] as const;
    for (const provider of ['zai', 'self-hosted'] as const) {
      expect(body(provider, { messages: [{ role: 'user', content }] })).to.have.deep.property('messages', [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
            { type: 'image_url', image_url: { url: 'http://example.com/a.png', detail: 'low' } },
          ],
        },
      ]);
    }
  });

  it('leaves out empty text beside an image, which Z.ai refuses', () => {
    const image = { type: 'image', url: 'https://example.com/a.png', param: 'messages' } as const;
    const content = [{ type: 'text', text: '' } as const, image];
    expect(body('zai', { messages: [{ role: 'user', content }] })).to.have.nested.property(
      'messages[0].content.length',
      1,
    );
  });

  it('sends Z.ai the last instruction as the user’s where there is nothing else to answer', () => {
    const system = (content: string) => ({ role: 'system' as const, content });
    const messages = [system('Be brief.'), system('Name a colour.')];
    const asked = { role: 'user', content: 'Name a colour.' };
    expect(body('zai', { messages })).to.deep.include({ messages: [system('Be brief.'), asked] });
    expect(body('self-hosted', { messages })).to.deep.include({ messages });
    const answered = [{ role: 'assistant' as const, content: 'Red.' }];
    expect(body('zai', { messages: answered })).to.deep.include({ messages: answered });
  });

  it('leaves out messages that say nothing, but for the user’s', () => {
    const messages = [
      { role: 'system', content: '' },
      { role: 'user', content: '' },
      { role: 'assistant', content: '' },
      { role: 'assistant', content: 'Hm?' },
    ] as const;
    expect(body('zai', { messages })).to.have.deep.property('messages', [messages[1], messages[3]]);
  });
});
