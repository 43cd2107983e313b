import { expect } from 'chai';
import { askOpenAi, eventsOf, type Json, textOf, useSimulator } from './client.js';

const KWARGS = { chat_template_kwargs: { enable_thinking: true } };
const tool = (name: string) => ({ type: 'function', function: { name, parameters: { type: 'object' } } });

describe('the kinds of self-hosted server', () => {
  const simulator = useSimulator();
  const base = () => `${simulator().url}/v1`;
  const ask = (question: string, fields: object = {}) =>
    askOpenAi(base(), question, { stream: false, ...fields });
  const bodyOf = async (response: Response) => (await response.json()) as Json;

  const UNKNOWN_FIELD = [
    [
      'vllm',
      400,
      {
        error: {
          message:
            "[{'type': 'extra_forbidden', 'loc': ('body', 'chat_template_kwargs'), 'msg': 'Extra inputs are not permitted', 'input': {'enable_thinking': True}}]",
          type: 'BadRequestError',
          param: null,
          code: 400,
        },
      },
    ],
    [
      'llama.cpp',
      400,
      {
        error: {
          code: 400,
          message: 'Unsupported param: chat_template_kwargs',
          type: 'invalid_request_error',
        },
      },
    ],
    [
      'cerebras',
      400,
      {
        message: "body.chat_template_kwargs: property 'body.chat_template_kwargs' is unsupported",
        type: 'invalid_request_error',
        param: 'validation_error',
        code: 'wrong_api_format',
      },
    ],
    [
      'mistral',
      422,
      {
        object: 'error',
        message: {
          detail: [
            {
              type: 'extra_forbidden',
              loc: ['body', 'chat_template_kwargs'],
              msg: 'Extra inputs are not permitted',
              input: { enable_thinking: true },
            },
          ],
        },
        type: 'invalid_request_error',
        param: null,
        code: null,
      },
    ],
    [
      'openai',
      400,
      {
        error: {
          message: "Unknown parameter: 'chat_template_kwargs'.",
          type: 'invalid_request_error',
          param: 'chat_template_kwargs',
          code: 'unknown_parameter',
        },
      },
    ],
  ] as const;

  it('refuse an unknown field in their own words', async () => {
    for (const [server, status, body] of UNKNOWN_FIELD) {
      const refused = await ask(`sim:server=${server} sim:refuses=chat_template_kwargs`, KWARGS);
      expect(refused.status).to.equal(status);
      expect(await bodyOf(refused)).to.deep.equal(body);
      expect((await ask(`sim:server=${server} sim:refuses=chat_template_kwargs`)).status).to.equal(200);
    }
  });

  it('refuse several fields at once, and those within messages', async () => {
    const messages = [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'yes', reasoning_content: 'well' },
      {
        role: 'user',
        content: 'sim:server=cerebras sim:refuses=messages.reasoning_content,stream_options,seed',
      },
    ];
    const { message } = await bodyOf(await ask('', { messages, stream_options: {} }));
    expect(message.split('\n')).to.deep.equal([
      "messages.1.assistant.reasoning_content: property 'messages.1.assistant.reasoning_content' is unsupported",
      "body.stream_options: property 'body.stream_options' is unsupported",
    ]);
  });

  it('refuse a prompt that is too long in their own words', async () => {
    for (const [server, pattern] of [
      ['vllm', /maximum context length is 10 tokens/],
      ['llama.cpp', /^request \(\d+ tokens\) exceeds the available context size \(10 tokens\)/],
    ] as const) {
      const refused = await ask(`sim:server=${server} sim:context=10 and many words more`);
      expect(refused.status).to.equal(400);
      const body = await bodyOf(refused);
      expect(body.error?.message ?? body.message).to.match(pattern);
    }
  });

  it('have no eyes: llama.cpp says so with a 500, vLLM with a 400', async () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } };
    const see = (text: string) =>
      ask('', { messages: [{ role: 'user', content: [{ type: 'text', text }, image] }] });
    const llama = await see('sim:server=llama.cpp');
    expect(llama.status).to.equal(500);
    expect((await bodyOf(llama)).error.message).to.match(/^image input is not supported/);
    expect((await see('')).status).to.equal(200);
    const plain = await see('sim:text-only');
    expect(plain.status).to.equal(400);
    expect((await bodyOf(plain)).error.message).to.equal('glm-4.5 is not a multimodal model');
  });

  const city = {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 3 } },
    required: ['city', 'days'],
  };
  it('enforce a schema, beside thinking too', async () => {
    for (const format of [
      { type: 'json_schema', json_schema: { name: 'plan', schema: city } },
      { type: 'json_object', schema: city },
    ]) {
      const events = await eventsOf(await askOpenAi(base(), 'a plan', { response_format: format }));
      expect(JSON.parse(textOf(events, 'content'))).to.deep.equal({ city: 'Oslo 奥斯陆', days: 3 });
      expect(textOf(events, 'reasoning_content')).not.to.equal('');
      const ignored = await ask('sim:ignores=response_format a plan', { response_format: format });
      expect((await bodyOf(ignored)).choices[0].message.content).to.match(/^\*Simulated answer/);
    }
  });

  it('call a tool where one is required, and the named one unless llama.cpp takes that for auto', async () => {
    const tools = [tool('look'), tool('listen')];
    const called = async (words: string, fields: object) => {
      const { choices } = await bodyOf(await ask(words, { tools, ...fields }));
      return choices[0].message.tool_calls?.map((call: Json) => call.function.name) ?? [];
    };
    const listen = { tool_choice: { type: 'function', function: { name: 'listen' } } };
    expect(await called('hi', {})).to.deep.equal([]);
    expect(await called('hi', { tool_choice: 'required' })).to.deep.equal(['look']);
    expect(await called('hi', listen)).to.deep.equal(['listen']);
    expect(await called('sim:server=llama.cpp', listen)).to.deep.equal([]);
    expect(await called('sim:server=llama.cpp', { tool_choice: 'required' })).to.deep.equal(['look']);
    expect(await called('sim:tools-parallel', {})).to.deep.equal(['look', 'listen']);
    expect(await called('sim:tools-parallel', { parallel_tool_calls: false })).to.deep.equal(['look']);
  });
});

describe('the official API', () => {
  const simulator = useSimulator();

  it('can be told to refuse fields and long prompts, by its own codes', async () => {
    const ask = async (question: string, fields: object = {}) => {
      const response = await askOpenAi(`${simulator().url}/api/paas/v4`, question, { ...fields });
      return ((await response.json()) as Json).error;
    };
    const thinking = { type: 'enabled', clear_thinking: false };
    expect(await ask('sim:refuses=thinking.clear_thinking', { thinking })).to.deep.equal({
      code: '1210',
      message:
        'Invalid API parameter, please check the documentation. Unknown parameter: thinking.clear_thinking',
    });
    expect(await ask('sim:context=3')).to.deep.equal({ code: '1261', message: 'Prompt exceeds max length' });
  });
});

describe('a simulated llama.cpp', () => {
  const simulator = useSimulator({ scenario: 'sim:server=llama.cpp', servedModels: ['glm.gguf', 'other'] });

  it('lists its only model', async () => {
    const { data } = (await (await fetch(`${simulator().url}/v1/models`)).json()) as Json;
    expect(data.map(({ id, owned_by }: Json) => [id, owned_by])).to.deep.equal([['glm.gguf', 'llamacpp']]);
  });
});
