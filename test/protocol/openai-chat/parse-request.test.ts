import { expect } from 'chai';
import { parseChatRequest } from '../../../src/protocol/openai-chat/parse-request.js';
import {
  clients,
  efforts,
  forwarded,
  HELLO,
  parse,
  refusal,
  refused,
  thinking,
  translated,
} from './request-cases.js';

describe('parseChatRequest', () => {
  it('sets nothing that the client did not send', () => {
    const { sampling, toolNames, ...rest } = parse();
    expect(Object.values(sampling).every((value) => value === undefined)).to.equal(true);
    expect(rest).to.deep.equal({
      model: 'GLM-4.5',
      messages: HELLO.messages,
      stream: undefined,
      includeUsage: false,
      thinking: false,
      stop: [],
      responseFormat: { type: 'text' },
      tools: [],
      toolChoice: 'auto',
      parallelToolCalls: true,
      webSearch: undefined,
      user: undefined,
      conversationId: undefined,
      sessionId: undefined,
    });
  });

  for (const [field, value, member] of forwarded) {
    it(`forwards ${field}: ${JSON.stringify(value)}`, () => {
      expect(parse({ [field]: value }).sampling).to.deep.include({ [member]: value });
    });
  }

  for (const [what, fields, expected] of translated) {
    it(`translates ${what}: ${JSON.stringify(fields)}`, () => {
      expect(parse(fields)).to.deep.include(expected);
    });
  }

  for (const [fields, expected] of efforts) {
    it(`reads the effort from ${JSON.stringify(fields)}`, () => {
      const { thinking, effort, clearThinking } = parse(fields, false);
      expect({ thinking, effort, clearThinking }).to.deep.equal({
        effort: undefined,
        clearThinking: undefined,
        ...expected,
      });
    });
  }

  it('prefers max_completion_tokens to the older max_tokens', () => {
    const { sampling } = parse({ max_completion_tokens: 10, max_tokens: 20 });
    expect(sampling.maxTokens).to.equal(10);
  });

  it('accepts -1 and 0 for no limit of tokens, and numbers as strings', () => {
    for (const none of [-1, 0, '-1', null]) {
      expect(parse({ max_tokens: none }).sampling.maxTokens, String(none)).to.equal(undefined);
      expect(parse({ max_completion_tokens: none, max_tokens: 5 }).sampling.maxTokens).to.equal(5);
    }
    const { sampling } = parse({ max_tokens: '64', temperature: '0.5', top_p: '1', seed: '-7' });
    expect(sampling).to.deep.include({ maxTokens: 64, temperature: 0.5, topP: 1, seed: -7 });
  });

  for (const [fields, expected] of thinking) {
    const words = expected === undefined ? 'as configured' : expected ? 'on' : 'off';
    it(`has thinking ${words} for ${JSON.stringify(fields)}`, () => {
      for (const configured of [true, false]) {
        expect(parse(fields, configured).thinking).to.equal(expected ?? configured);
      }
    });
  }

  for (const [fields, param, message] of refused) {
    const shown = JSON.stringify(fields).slice(0, 60);
    it(`refuses ${shown} with a 400 that names ${param}`, () => {
      const error = refusal({ ...HELLO, ...fields });
      expect(error).to.include({ status: 400, param, type: 'invalid_request_error' });
      expect(error.code).to.be.oneOf(['invalid_value', 'unsupported_parameter']);
      expect(error.message).to.match(message);
    });
  }

  it('refuses a body without model, and says where the models are', () => {
    expect(refusal({ messages: HELLO.messages })).to.include({
      status: 400,
      code: 'missing_required_parameter',
      param: 'model',
      message: 'model is missing; GET /v1/models lists the models.',
    });
  });

  it('refuses a body without messages', () => {
    expect(refusal({ model: 'GLM-4.5' })).to.include({ status: 400, param: 'messages' });
  });

  it('refuses a body that is not an object', () => {
    for (const body of [null, [], 'text', 5, true, undefined]) {
      expect(refusal(body), JSON.stringify(body)).to.include({ status: 400, code: 'invalid_json' });
    }
  });

  it('treats null as left out, in every optional field', () => {
    const optional = [
      ...forwarded.map(([field]) => field),
      ...['stream', 'stream_options', 'stop', 'user', 'enable_thinking', 'thinking', 'reasoning_effort'],
      ...['chat_template_kwargs', 'n', 'logprobs', 'modalities', 'response_format', 'tools', 'tool_choice'],
      ...['functions', 'function_call', 'conversation_id', 'prompt_cache_key', 'metadata'],
      ...['parallel_tool_calls', 'store', 'service_tier', 'top_logprobs', 'audio', 'prediction'],
    ];
    const nulls = Object.fromEntries(optional.map((field) => [field, null]));
    expect(parse(nulls)).to.deep.equal(parse());
    const inner = {
      stream_options: { include_usage: null },
      thinking: { type: null },
      chat_template_kwargs: { enable_thinking: null },
      metadata: { conversation_id: null, user_id: null },
    };
    expect(parse(inner)).to.deep.equal(parse());
  });

  it('accepts the default value of every unsupported field', () => {
    const fields = {
      n: 1,
      logprobs: false,
      modalities: ['text'],
      tools: [],
      functions: [],
      tool_choice: 'auto',
    };
    expect(parse(fields)).to.deep.equal(parse());
  });

  it('tolerates ids and metadata of any shape', () => {
    for (const odd of [5, true, 'text', [], {}, [{ user_id: 'u' }]]) {
      const ids = {
        conversation_id: typeof odd === 'string' ? {} : odd,
        prompt_cache_key: {},
        metadata: odd,
      };
      expect(parse(ids), JSON.stringify(odd)).to.deep.equal(parse());
    }
  });

  for (const [who, body] of clients) {
    it(`accepts what ${who} sends, unknown fields included`, () => {
      expect(parseChatRequest(body, false).messages).to.have.length.greaterThan(0);
    });
  }

  it('ignores fields named like JavaScript’s own (`__proto__`, `constructor`)', () => {
    const body = JSON.parse(
      '{"model":"m","messages":[{"role":"user","content":"x"}],"__proto__":{"n":5},"constructor":1}',
    );
    expect(parseChatRequest(body, false).model).to.equal('m');
    expect(refusal(JSON.parse('{"__proto__":{"model":"m"},"messages":[]}'))).to.include({ param: 'model' });
  });
});
