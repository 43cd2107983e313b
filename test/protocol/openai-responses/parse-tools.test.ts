import { expect } from 'chai';
import { LOOK, parse, refusal } from './parsed-requests.js';

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
