import { expect } from 'chai';
import type { ResponseCreateParams } from 'openai/resources/responses/responses';
import { BadRequestError } from '../../../src/errors.js';
import {
  parseResponsesRequest,
  type ResponsesRequest,
} from '../../../src/protocol/openai-responses/parse-request.js';

const LOOK = {
  type: 'function',
  name: 'look',
  strict: true,
  parameters: { type: 'object', properties: {} },
} as const;

function parse(fields: object = {}, enableThinking = false): ResponsesRequest {
  return parseResponsesRequest({ model: 'GLM-4.5', input: 'hi', ...fields }, enableThinking);
}

function refusal(fields: object): BadRequestError {
  try {
    parse(fields);
  } catch (error) {
    return error as BadRequestError;
  }
  return expect.fail('it should have been refused');
}

describe('parseResponsesRequest', () => {
  it('reads a plain question', () => {
    const { echo, ...asked } = parse();
    expect(asked).to.deep.equal({
      model: 'GLM-4.5',
      messages: [{ role: 'user', content: 'hi' }],
      stream: undefined,
      thinking: false,
      sampling: { temperature: undefined, topP: undefined, maxTokens: undefined },
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
        { type: 'custom', name: 'apply_patch' },
        { type: 'web_search' },
        { type: 'local_shell' },
        { type: 'namespace', name: 'mcp', description: '', tools: [] },
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
    expect(asked.tools.map(({ name }) => name)).to.deep.equal(['shell']);
    expect(asked).to.include({ stream: true, thinking: true, sealed: true, sessionId: '0199-abc' });
  });

  it('forwards sampling', () => {
    expect(parse({ temperature: 0.5, top_p: 0.9, max_output_tokens: 7 }).sampling).to.deep.equal({
      temperature: 0.5,
      topP: 0.9,
      maxTokens: 7,
    });
  });

  it('takes null for anything that may be left out', () => {
    const names = [
      'stream instructions max_output_tokens temperature top_p top_logprobs parallel_tool_calls reasoning text',
      'include user safety_identifier prompt_cache_key previous_response_id conversation prompt background store',
      'tools tool_choice metadata service_tier truncation max_tool_calls',
    ].flatMap((line) => line.split(' '));
    expect(() => parse(Object.fromEntries(names.map((name) => [name, null])))).not.to.throw();
  });

  const efforts: [object, boolean, boolean][] = [
    [{}, true, true],
    [{}, false, false],
    [{ reasoning: { effort: 'none' } }, true, false],
    [{ reasoning: { effort: 'minimal' } }, false, true],
    [{ reasoning: { effort: null, summary: 'auto' } }, false, false],
  ];
  for (const [fields, byDefault, thinking] of efforts) {
    it(`thinks: ${thinking}, with ${JSON.stringify(fields)} where the default is ${byDefault}`, () => {
      expect(parse(fields, byDefault).thinking).to.equal(thinking);
    });
  }

  it('reads the format of the text', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } };
    const format = { type: 'json_schema', name: 'thing', strict: true, schema };
    const asked = parse({ text: { format } });
    expect(asked.responseFormat).to.deep.include({ type: 'json_schema', name: 'thing', schema });
    expect(asked.echo.text).to.deep.equal({ format, verbosity: 'medium' });
    expect(parse({ text: { format: { type: 'json_object' } } }).responseFormat).to.deep.equal({
      type: 'json_object',
    });
    expect(refusal({ text: { format: { type: 'json_schema', name: 'x' } } }).param).to.equal(
      'text.format.schema',
    );
    expect(refusal({ text: { format: { type: 'grammar' } } }).param).to.equal('text.format.type');
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
    it(`says of ${JSON.stringify(fields)} that nothing is kept here`, () => {
      const error = refusal(fields);
      expect(error).to.include({ status: 400, code: 'unsupported_parameter', param: Object.keys(fields)[0] });
      expect(error.message).to.contain('not kept here');
    });
  }

  it('names a field of the wrong type', () => {
    const wrong: [object, string][] = [
      [{ model: undefined }, 'model'],
      [{ stream: 'yes' }, 'stream'],
      [{ temperature: 3 }, 'temperature'],
      [{ max_output_tokens: 0 }, 'max_output_tokens'],
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

describe('Tools of a response', () => {
  it('are functions, as OpenAI echoes them', () => {
    const { tools, echo } = parse({
      tools: [
        { ...LOOK, description: 'Looks.' },
        { type: 'function', name: 'bare' },
      ],
    });
    expect(tools).to.deep.equal([
      { name: 'look', description: 'Looks.', parameters: LOOK.parameters },
      { name: 'bare', description: undefined, parameters: undefined },
    ]);
    expect(echo.tools).to.deep.equal([
      { ...LOOK, description: 'Looks.' },
      { type: 'function', name: 'bare', description: null, parameters: null, strict: false },
    ]);
  });

  const choices: [unknown, unknown, unknown][] = [
    [undefined, 'auto', 'auto'],
    ['none', 'none', 'none'],
    ['required', 'required', 'required'],
    [{ type: 'function', name: 'look' }, { name: 'look' }, { type: 'function', name: 'look' }],
    [{ type: 'custom', name: 'apply_patch' }, 'auto', 'auto'],
    [{ type: 'web_search' }, 'auto', 'auto'],
  ];
  for (const [choice, neutral, echoed] of choices) {
    it(`are chosen by ${JSON.stringify(choice)}`, () => {
      const { toolChoice, echo } = parse({ tools: [LOOK], tool_choice: choice });
      expect(toolChoice).to.deep.equal(neutral);
      expect(echo.tool_choice).to.deep.equal(echoed);
    });
  }

  it('can be narrowed to allowed ones, and all are echoed', () => {
    const choice = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'b' }] };
    const asked = parse({ tools: [LOOK, { ...LOOK, name: 'b' }], tool_choice: choice });
    expect(asked.tools.map(({ name }) => name)).to.deep.equal(['b']);
    expect(asked.toolChoice).to.equal('required');
    expect(asked.echo.tools).to.have.length(2);
    expect(asked.echo.tool_choice).to.deep.equal(choice);
  });

  it('are refused by name where they are wrong', () => {
    expect(refusal({ tools: 'all' }).param).to.equal('tools');
    expect(refusal({ tools: ['look'] }).param).to.equal('tools[0]');
    expect(refusal({ tools: [LOOK, { type: 'function' }] }).param).to.equal('tools[1].name');
    expect(refusal({ tools: [{ ...LOOK, parameters: 'x' }] }).param).to.equal('tools[0].parameters');
    expect(refusal({ tools: [LOOK], tool_choice: { type: 'function', name: 'nope' } }).param).to.equal(
      'tool_choice',
    );
    expect(refusal({ tool_choice: 'required' }).param).to.equal('tool_choice');
    expect(refusal({ tools: [LOOK], tool_choice: { type: 'function' } }).param).to.equal('tool_choice');
    const allowed = {
      type: 'allowed_tools',
      mode: 'auto',
      tools: [LOOK, { type: 'function', name: 'nope' }],
    };
    expect(refusal({ tools: [LOOK], tool_choice: allowed }).param).to.equal('tool_choice.tools[1]');
  });
});
