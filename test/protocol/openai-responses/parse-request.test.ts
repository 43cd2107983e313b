import { expect } from 'chai';
import type { ResponseCreateParams } from 'openai/resources/responses/responses';
import { parseResponsesRequest } from '../../../src/protocol/openai-responses/parse-request.js';
import { BadRequestError } from '../../../src/vocabulary/errors.js';
import { parse, refusal } from './parsed-requests.js';

describe('parseResponsesRequest', () => {
  it('reads a plain question', () => {
    const { echo, toolNames, ...asked } = parse();
    expect(asked).to.deep.equal({
      model: 'GLM-4.5',
      messages: [{ role: 'user', content: 'hi' }],
      stream: undefined,
      thinking: false,
      sampling: {
        temperature: undefined,
        topP: undefined,
        maxTokens: undefined,
        presencePenalty: undefined,
        frequencyPenalty: undefined,
      },
      stop: [],
      responseFormat: { type: 'text' },
      tools: [],
      toolChoice: 'auto',
      parallelToolCalls: true,
      user: undefined,
      conversationId: undefined,
      sessionId: undefined,
      sealed: false,
    });
    expect(echo).to.include({ store: false, truncation: 'disabled' });
  });

  it('reads what Codex sends', () => {
    const body: ResponseCreateParams = {
      model: 'GLM-4.5',
      instructions: 'You are a coding agent.',
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'List the files.' }] }],
      tools: [
        { type: 'function', name: 'shell', strict: false, parameters: { type: 'object' } },
        {
          type: 'custom',
          name: 'apply_patch',
          format: { type: 'grammar', syntax: 'lark', definition: 'start: "a"' },
        },
        { type: 'web_search' },
        {
          type: 'namespace',
          name: 'mcp__docs',
          description: 'The handbook.',
          tools: [
            { type: 'function', name: 'search', description: 'Searches.', strict: false, parameters: {} },
          ],
        },
      ],
      tool_choice: 'auto',
      parallel_tool_calls: true,
      reasoning: { effort: 'medium', summary: 'auto' },
      store: false,
      stream: true,
      include: ['reasoning.encrypted_content'],
      prompt_cache_key: '0199-abc',
      text: { verbosity: 'medium' },
    };
    const asked = parseResponsesRequest({ ...body, client_metadata: { a: 'b' } }, false);
    expect(asked.messages).to.have.length(2);
    expect(asked.tools.map(({ name }) => name)).to.deep.equal(['shell', 'apply_patch', 'mcp__docs__search']);
    expect(asked).to.include({ stream: true, thinking: true, sealed: true, sessionId: '0199-abc' });
  });

  it('forwards sampling', () => {
    const penalties = { presence_penalty: 1, frequency_penalty: -1 };
    expect(
      parse({ temperature: 0.5, top_p: 0.9, max_output_tokens: 7, ...penalties }).sampling,
    ).to.deep.equal({
      temperature: 0.5,
      topP: 0.9,
      maxTokens: 7,
      presencePenalty: 1,
      frequencyPenalty: -1,
    });
    expect(parse({ max_output_tokens: -1 }).sampling.maxTokens).to.equal(undefined);
  });

  it('treats null as left out, in every optional field', () => {
    const names = [
      'stream instructions max_output_tokens temperature top_p top_logprobs parallel_tool_calls reasoning text',
      'include user safety_identifier prompt_cache_key previous_response_id conversation prompt background store',
      'tools tool_choice metadata service_tier truncation max_tool_calls',
    ].flatMap((line) => line.split(' '));
    expect(() => parse(Object.fromEntries(names.map((name) => [name, null])))).not.to.throw();
  });

  const efforts: [object, boolean, object][] = [
    [{}, true, { thinking: true }],
    [{}, false, { thinking: false }],
    [{ reasoning: { effort: 'none' } }, true, { thinking: false, effort: 'none' }],
    [{ reasoning: { effort: 'minimal' } }, false, { thinking: true, effort: 'minimal' }],
    [{ reasoning: { effort: 'XHigh' } }, false, { thinking: true, effort: 'xhigh' }],
    [{ reasoning: { effort: null, summary: 'auto' } }, false, { thinking: false }],
    [{ reasoning: { enabled: true } }, false, { thinking: true }],
    [{ reasoning: { enabled: false, effort: 'high' } }, true, { thinking: false }],
    [{ reasoning: { max_tokens: 10_000 } }, false, { thinking: true, effort: 'medium' }],
    [{ thinking: { type: 'disabled' } }, true, { thinking: false }],
    [{ thinking: { clear_thinking: false } }, true, { thinking: true, clearThinking: false }],
  ];
  for (const [fields, byDefault, expected] of efforts) {
    it(`sets thinking by ${JSON.stringify(fields)}, with ${byDefault} as the default`, () => {
      const { thinking, effort, clearThinking } = parse(fields, byDefault);
      const told = Object.entries({ thinking, effort, clearThinking }).filter(
        ([, value]) => value !== undefined,
      );
      expect(Object.fromEntries(told)).to.deep.equal(expected);
    });
  }

  it('reads the format of the text', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } };
    const format = { type: 'json_schema', name: 'thing', strict: true, schema };
    const asked = parse({ text: { format } });
    expect(asked.responseFormat).to.deep.include({
      type: 'json_schema',
      name: 'thing',
      strict: true,
      schema,
    });
    expect(asked.echo.text).to.deep.equal({ format, verbosity: 'medium' });
    expect(parse({ text: { format: { type: 'json_object' } } }).responseFormat).to.deep.equal({
      type: 'json_object',
    });
    expect(parse({ text: { format: { type: 'json_object', schema } } }).responseFormat).to.deep.include({
      type: 'json_schema',
      schema,
      param: 'text.format.schema',
    });
    expect(refusal({ text: { format: { type: 'json_schema', name: 'x' } } }).param).to.equal(
      'text.format.schema',
    );
    expect(refusal({ text: { format: { type: 'grammar' } } }).param).to.equal('text.format.type');
  });

  it('seals thinking for clients that know that nothing is kept', () => {
    expect(parse({ store: false }).sealed).to.equal(true);
    expect(parse({ include: ['reasoning.encrypted_content'] }).sealed).to.equal(true);
    for (const fields of [{}, { store: true }, { store: null, include: [] }]) {
      expect(parse(fields).sealed).to.equal(false);
    }
  });

  it('knows conversations and users by what clients send of them', () => {
    expect(parse({ metadata: { conversation_id: 'c', user_id: 'u' } })).to.include({
      conversationId: 'c',
      sessionId: 'u',
    });
    expect(parse({ user: 'u', safety_identifier: 's' }).user).to.equal('u');
    expect(parse({ safety_identifier: 's' }).user).to.equal('s');
  });

  const unkept: object[] = [
    { previous_response_id: 'resp_1' },
    { conversation: 'conv_1' },
    { conversation: { id: 'conv_1' } },
    { background: true },
    { prompt: { id: 'pmpt_1' } },
  ];
  for (const fields of unkept) {
    it(`says of ${JSON.stringify(fields)} that the gateway does not do it`, () => {
      const error = refusal(fields);
      expect(error).to.include({ status: 400, code: 'unsupported_parameter', param: Object.keys(fields)[0] });
      expect(error.message).to.match(/not kept here|in the background here/);
    });
  }

  it('names a field of the wrong type', () => {
    const wrong: [object, string][] = [
      [{ model: undefined }, 'model'],
      [{ stream: 'yes' }, 'stream'],
      [{ temperature: 3 }, 'temperature'],
      [{ max_output_tokens: -5 }, 'max_output_tokens'],
      [{ presence_penalty: 3 }, 'presence_penalty'],
      [{ reasoning: { effort: 'ultra' } }, 'reasoning.effort'],
      [{ top_logprobs: 5 }, 'top_logprobs'],
      [{ reasoning: 'high' }, 'reasoning'],
      [{ instructions: 5 }, 'instructions'],
      [{ include: 'all' }, 'include'],
      [{ text: { format: {} } }, 'text.format.type'],
    ];
    for (const [fields, param] of wrong) expect(refusal(fields).param).to.equal(param);
    expect(() => parseResponsesRequest([], false)).to.throw(BadRequestError, 'JSON object');
  });
});
