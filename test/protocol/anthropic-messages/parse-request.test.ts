import type Anthropic from '@anthropic-ai/sdk';
import { expect } from 'chai';
import { parseMessagesRequest } from '../../../src/protocol/anthropic-messages/parse-request.js';
import { BadRequestError } from '../../../src/vocabulary/errors.js';

const BASE = { model: 'claude-x', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] };

type Beta = Partial<Anthropic.Beta.MessageCreateParams>;

// biome-ignore lint/suspicious/noExplicitAny: bodies of any shape
const parse = (fields: any = {}, enableThinking = false) =>
  parseMessagesRequest({ ...BASE, ...fields }, enableThinking);
/** Bodies as the SDK's types allow them. */
const parseTyped = (fields: Beta) => parse(fields);

function refusal(fields: object): BadRequestError {
  try {
    parse(fields);
  } catch (error) {
    if (error instanceof BadRequestError) return error;
    throw error;
  }
  return expect.fail('it should have been refused');
}

describe('The body of /v1/messages', () => {
  it('becomes a neutral request', () => {
    expect(
      parse({ temperature: 0.5, top_p: 0.9, top_k: 5, stop_sequences: ['END', ''], stream: true }),
    ).to.deep.equal({
      model: 'claude-x',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
      thinking: false,
      sampling: { temperature: 0.5, topP: 0.9, topK: 5, maxTokens: 100 },
      stop: ['END'],
      stopIsTold: true,
      responseFormat: { type: 'text' },
      tools: [],
      toolChoice: 'auto',
      parallelToolCalls: true,
      conversationId: undefined,
      sessionId: undefined,
    });
  });

  it('asks for a non-streaming answer if stream is left out, as with Anthropic', () => {
    expect(parse().stream).to.equal(false);
    expect(parse({ stream: null }).stream).to.equal(false);
  });

  it('may leave out max_tokens, unlike with Anthropic', () => {
    expect(parse({ max_tokens: undefined }).sampling.maxTokens).to.equal(undefined);
  });

  for (const [thinking, expected] of [
    [{ type: 'enabled', budget_tokens: 1024 }, true],
    [{ type: 'adaptive', display: 'omitted' }, true],
    [{ type: 'between_tools' }, false],
    [{ type: 'disabled' }, false],
  ] as const) {
    it(`switches thinking by ${JSON.stringify(thinking)}, whatever the default`, () => {
      for (const standard of [true, false]) expect(parse({ thinking }, standard).thinking).to.equal(expected);
    });
  }

  it('thinks by default as the gateway is configured', () => {
    for (const standard of [true, false]) {
      expect(parse({}, standard).thinking).to.equal(standard);
      expect(parse({ thinking: null }, standard).thinking).to.equal(standard);
    }
  });

  const levels: [fields: Beta, standard: boolean, expected: object][] = [
    [{ output_config: { effort: 'high' } }, true, { thinking: true, effort: 'high' }],
    [{ output_config: { effort: 'high' } }, false, { thinking: false, effort: 'high' }],
    [
      { thinking: { type: 'adaptive' }, output_config: { effort: 'xhigh' } },
      false,
      { thinking: true, effort: 'xhigh' },
    ],
    [{ thinking: { type: 'enabled', budget_tokens: 4_000 } }, false, { thinking: true, effort: 'low' }],
    [{ thinking: { type: 'enabled', budget_tokens: 10_000 } }, false, { thinking: true, effort: 'medium' }],
    [{ thinking: { type: 'enabled', budget_tokens: 31_999 } }, false, { thinking: true, effort: 'high' }],
    [
      { thinking: { type: 'enabled', budget_tokens: 31_999 }, output_config: { effort: 'low' } },
      false,
      { thinking: true, effort: 'low' },
    ],
    [
      { thinking: { type: 'disabled' }, output_config: { effort: 'max' } },
      true,
      { thinking: false, effort: undefined },
    ],
  ];
  for (const [fields, standard, expected] of levels) {
    it(`sets the effort by ${JSON.stringify(fields)}, with thinking ${standard ? 'on' : 'off'} by default`, () => {
      const { thinking, effort } = parse(fields, standard);
      expect({ thinking, effort }).to.deep.equal(expected);
    });
  }

  it('keeps the reasoning of earlier turns if a context edit asks for it', () => {
    const edit = (keep: unknown) =>
      parse({ context_management: { edits: [{ type: 'clear_thinking_20251015', keep }] } }).clearThinking;
    expect(edit('all')).to.equal(false);
    expect(edit({ type: 'thinking_turns', value: 2 })).to.equal(undefined);
    expect(parse({ context_management: {} }).clearThinking).to.equal(undefined);
  });

  it('accepts numbers and booleans as strings, and -1 for no limit', () => {
    expect(parse({ stream: 'true', max_tokens: '50', temperature: '0.5' })).to.deep.include({
      stream: true,
      sampling: { temperature: 0.5, topP: undefined, topK: undefined, maxTokens: 50 },
    });
    expect(parse({ max_tokens: -1 }).sampling.maxTokens).to.equal(undefined);
  });

  it('names its session by metadata.user_id, which is not sent upstream as the user', () => {
    const asked = parseTyped({ metadata: { user_id: '{"session_id":"s"}' } });
    expect(asked.sessionId).to.equal('{"session_id":"s"}');
    expect(asked.user).to.equal(undefined);
    expect(parse({ metadata: { user_id: null } }).sessionId).to.equal(undefined);
  });

  const schema = { type: 'object', properties: { a: { type: 'string' } } };
  const format = { type: 'json_schema', schema } as const;
  it('may ask for JSON by a schema, in output_config.format and in output_format', () => {
    const expected = { type: 'json_schema', name: 'answer', schema };
    expect(parseTyped({ output_config: { format, effort: 'high' } }).responseFormat).to.deep.equal({
      ...expected,
      param: 'output_config.format.schema',
    });
    expect(parse({ output_format: format }).responseFormat).to.deep.equal({
      ...expected,
      param: 'output_format.schema',
    });
    expect(parse({ output_format: null, output_config: { format: null } }).responseFormat).to.deep.equal({
      type: 'text',
    });
  });

  it('may have every field that real clients send, and unknown ones', () => {
    const asked = parseTyped({
      cache_control: { type: 'ephemeral' },
      container: null,
      mcp_servers: [],
      service_tier: 'auto',
      speed: 'fast',
      inference_geo: 'eu',
      output_config: { effort: 'xhigh' },
      thread: null,
    });
    expect(asked).to.deep.equal({ ...parse(), effort: 'xhigh' });
    expect(parse({ anything: { at: ['all'] }, betas: ['x'] })).to.deep.equal(parse());
  });

  it('is refused for a thread with the code that makes SDKs send the whole history', () => {
    for (const thread of [{ type: 'create' }, { type: 'continue', previous_message_id: 'msg_1' }]) {
      // How SDKs continue a thread: without other fields.
      const error = refusal({ thread, model: undefined, messages: [] });
      expect(error).to.include({ code: 'thread_unsupported_request', param: 'thread', status: 400 });
      expect(error.message).to.contain('send all messages');
    }
  });

  const wrong: [fields: object, param: string][] = [
    [{ model: undefined }, 'model'],
    [{ model: '' }, 'model'],
    [{ messages: undefined }, 'messages'],
    [{ messages: 'Hi' }, 'messages'],
    [{ messages: [] }, 'messages'],
    [{ max_tokens: 0 }, 'max_tokens'],
    [{ max_tokens: 'five' }, 'max_tokens'],
    [{ max_tokens: 1.5 }, 'max_tokens'],
    [{ temperature: 1.5 }, 'temperature'],
    [{ top_p: -1 }, 'top_p'],
    [{ stream: 'yes' }, 'stream'],
    [{ stop_sequences: 'END' }, 'stop_sequences'],
    [{ stop_sequences: Array(17).fill('x') }, 'stop_sequences'],
    [{ stop_sequences: ['x'.repeat(1_001)] }, 'stop_sequences.0'],
    [{ thinking: { type: 5 } }, 'thinking.type'],
    [{ thinking: { type: 'enabled', budget_tokens: 'much' } }, 'thinking.budget_tokens'],
    [{ output_config: { effort: 'ultra' } }, 'output_config.effort'],
    [{ output_config: { format: { type: 'xml' } } }, 'output_config.format.type'],
    [{ output_format: { type: 'json_schema' } }, 'output_format.schema'],
  ];
  for (const [fields, param] of wrong) {
    it(`is refused for ${JSON.stringify(fields).slice(0, 60)}, naming ${param}`, () => {
      const error = refusal(fields);
      expect(error.param).to.equal(param);
      expect(error.message).to.match(new RegExp(`^${param.replace('.', '\\.')}`));
    });
  }

  it('is refused if it is not an object', () => {
    for (const body of [undefined, null, [], 'x'])
      expect(() => parseMessagesRequest(body, false)).to.throw(BadRequestError, 'JSON object');
  });
});
