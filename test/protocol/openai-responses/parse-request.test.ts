import { expect } from 'chai';
import type { ResponseCreateParams } from 'openai/resources/responses/responses';
import {
  parseResponsesRequest,
  type ResponsesRequest,
} from '../../../src/protocol/openai-responses/parse-request.js';
import { BadRequestError } from '../../../src/vocabulary/errors.js';

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
    [{ type: 'web_search' }, 'auto', 'auto'],
  ];
  for (const [choice, neutral, echoed] of choices) {
    it(`are chosen by ${JSON.stringify(choice)}`, () => {
      const { toolChoice, echo } = parse({ tools: [LOOK], tool_choice: choice });
      expect(toolChoice).to.deep.equal(neutral);
      expect(echo.tool_choice).to.deep.equal(echoed);
    });
  }

  const DOCS = {
    type: 'namespace',
    name: 'mcp__docs',
    description: 'The handbook of the house.',
    tools: [
      { type: 'function', name: 'search', description: 'Searches.', parameters: LOOK.parameters },
      { type: 'function', name: 'read', defer_loading: true },
      { type: 'custom', name: 'query' },
      { type: 'something_new', name: 'x' },
    ],
  };

  it('may be in a namespace: its members are offered under joined names, and echoed unchanged', () => {
    const { tools, echo, toolNames } = parse({ tools: [LOOK, DOCS] });
    expect(tools.map(({ name }) => name)).to.deep.equal([
      'look',
      'mcp__docs__search',
      'mcp__docs__read',
      'mcp__docs__query',
    ]);
    expect(tools[1]?.parameters).to.deep.equal(LOOK.parameters);
    expect(toolNames.formOf('mcp__docs__search')).to.deep.equal({
      type: 'function',
      name: 'search',
      namespace: 'mcp__docs',
    });
    expect(toolNames.formOf('mcp__docs__query')).to.include({ type: 'custom', name: 'query' });
    expect(echo.tools).to.have.length(2);
    expect((echo.tools as object[])[1]).to.deep.equal(DOCS);
  });

  it('have the description of their namespace once', () => {
    const told = parse({ tools: [DOCS] }).tools.map(({ description }) => description ?? '');
    expect(told[0]).to.match(/^Searches\.\n\n.*mcp__docs: The handbook of the house\.$/);
    expect(told.filter((text) => text.includes('handbook'))).to.have.length(1);
  });

  it('may come as an item of the input', () => {
    const item = { type: 'additional_tools', role: 'developer', tools: [DOCS, { ...LOOK, name: 'b' }] };
    const { tools, messages, echo } = parse({
      tools: [LOOK],
      input: [item, { role: 'user', content: 'hi' }],
    });
    expect(tools.map(({ name }) => name)).to.deep.equal([
      'look',
      'mcp__docs__search',
      'mcp__docs__read',
      'mcp__docs__query',
      'b',
    ]);
    expect(messages).to.deep.equal([{ role: 'user', content: 'hi' }]);
    expect(echo.tools).to.have.length(1);
  });

  it('may be freeform, and are echoed as such', () => {
    const format = { type: 'grammar', syntax: 'lark', definition: 'start: "a"' };
    const { tools, echo } = parse({
      tools: [
        { type: 'custom', name: 'patch', description: 'Edits.', format },
        { type: 'custom', name: 'say' },
      ],
    });
    expect(tools.map(({ name }) => name)).to.deep.equal(['patch', 'say']);
    expect(tools[0]?.description).to.contain('start: "a"');
    expect(echo.tools).to.deep.equal([
      { type: 'custom', name: 'patch', description: 'Edits.', format },
      { type: 'custom', name: 'say', description: '', format: { type: 'text' } },
    ]);
  });

  const inNamespace = { type: 'function', namespace: 'mcp__docs', name: 'search' };
  const formed: [unknown, unknown, string[] | undefined][] = [
    [inNamespace, { name: 'mcp__docs__search' }, undefined],
    [{ type: 'function', name: 'mcp__docs__search' }, { name: 'mcp__docs__search' }, undefined],
    [{ type: 'custom', name: 'patch' }, { name: 'patch' }, undefined],
    [{ type: 'allowed_tools', mode: 'required', tools: [inNamespace] }, 'required', ['mcp__docs__search']],
    [
      { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'namespace', name: 'mcp__docs' }, LOOK] },
      'auto',
      ['look', 'mcp__docs__search', 'mcp__docs__read', 'mcp__docs__query'],
    ],
    [{ type: 'allowed_tools', mode: 'auto', tools: [{ type: 'custom', name: 'patch' }] }, 'auto', ['patch']],
  ];
  for (const [choice, neutral, names] of formed) {
    it(`of every form are chosen by ${JSON.stringify(choice)}`, () => {
      const tools = [LOOK, DOCS, { type: 'custom', name: 'patch' }];
      const { toolChoice, tools: offered, echo } = parse({ tools, tool_choice: choice });
      expect(toolChoice).to.deep.equal(neutral);
      if (names) expect(offered.map(({ name }) => name)).to.deep.equal(names);
      expect(echo.tool_choice).to.deep.equal(names || choice !== formed[1]?.[0] ? choice : inNamespace);
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

  it('are refused with the path of the fault', () => {
    expect(refusal({ tools: 'all' }).param).to.equal('tools');
    expect(refusal({ tools: ['look'] }).param).to.equal('tools[0]');
    expect(refusal({ tools: [LOOK, { type: 'function' }] }).param).to.equal('tools[1].name');
    expect(refusal({ tools: [{ ...LOOK, parameters: 'x' }] }).param).to.equal('tools[0].parameters');
    expect(refusal({ tools: [LOOK], tool_choice: { type: 'function', name: 'nope' } }).param).to.equal(
      'tool_choice',
    );
    expect(refusal({ tool_choice: 'required' }).param).to.equal('tool_choice');
    expect(refusal({ tools: [LOOK], tool_choice: { type: 'function' } }).param).to.equal('tool_choice');
    expect(refusal({ tools: [{ type: 'namespace', tools: [] }] }).param).to.equal('tools[0].name');
    expect(refusal({ tools: [{ type: 'namespace', name: 'a' }] }).param).to.equal('tools[0].tools');
    const member = { type: 'namespace', name: 'a', tools: [LOOK, { ...LOOK, parameters: 5 }] };
    expect(refusal({ tools: [member] }).param).to.equal('tools[0].tools[1].parameters');
    expect(refusal({ tools: [{ type: 'custom' }] }).param).to.equal('tools[0].name');
    const elsewhere = { ...inNamespace, namespace: 'other' };
    expect(refusal({ tools: [DOCS], tool_choice: elsewhere }).param).to.equal('tool_choice');
    const allowed = {
      type: 'allowed_tools',
      mode: 'auto',
      tools: [LOOK, { type: 'function', name: 'nope' }],
    };
    expect(refusal({ tools: [LOOK], tool_choice: allowed }).param).to.equal('tool_choice.tools[1]');
  });
});
