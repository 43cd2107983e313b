import { expect } from 'chai';
import { type OfferedTools, parseTools } from '../../../src/protocol/tools/parse-tools.js';
import { BadRequestError } from '../../../src/vocabulary/errors.js';

const named = (name: string) => ({ type: 'function', function: { name } });
const TOOLS = [named('get_weather'), named('get_time')];

function refusal(tools: unknown, choice?: unknown): BadRequestError {
  try {
    parseTools(tools, choice);
  } catch (error) {
    if (error instanceof BadRequestError) return error;
    throw error;
  }
  throw new Error('not refused');
}

const namesOf = ({ tools }: OfferedTools) => tools.map(({ name }) => name);

describe('parseTools', () => {
  it('keeps name, description and schema unchanged, and drops other fields', () => {
    const parameters = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { city: { type: 'string', description: 'Where.' } },
      additionalProperties: false,
    };
    const tool = {
      type: 'function',
      function: { name: 'get_weather', description: 'Tells the weather.', parameters, strict: true },
      cache_control: { type: 'ephemeral' },
    };
    const { tools, toolChoice } = parseTools([tool], undefined);
    expect(tools).to.deep.equal([{ name: 'get_weather', description: 'Tells the weather.', parameters }]);
    expect(toolChoice).to.equal('auto');
  });

  it('accepts nothing, null and an empty list as no tools', () => {
    for (const tools of [undefined, null, []])
      expect(parseTools(tools, 'auto')).to.deep.include({ tools: [], toolChoice: 'auto' });
  });

  it('drops tools of unknown types', () => {
    const others = [
      { type: 'web_search' },
      { type: 'namespace', tools: [] },
      { type: 'computer_use_preview' },
    ];
    expect(namesOf(parseTools([...others, ...TOOLS], undefined))).to.deep.equal(['get_weather', 'get_time']);
    expect(parseTools(others, { type: 'web_search' })).to.deep.include({ tools: [], toolChoice: 'auto' });
  });

  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  const shapes: [what: string, tool: object][] = [
    ['in the flat form of Responses', { type: 'function', name: 'a', description: 'Does.', parameters }],
    ['without a type', { name: 'a', description: 'Does.', parameters }],
    ['in Anthropic’s form', { name: 'a', description: 'Does.', input_schema: parameters }],
    [
      'nested, with Anthropic’s schema',
      { function: { name: 'a', description: 'Does.', input_schema: parameters } },
    ],
    [
      'in Anthropic’s form with its type',
      { type: 'custom', name: 'a', description: 'Does.', input_schema: parameters },
    ],
  ];
  for (const [what, tool] of shapes) {
    it(`accepts a function ${what}`, () => {
      expect(parseTools([tool], undefined).tools).to.deep.equal([
        { name: 'a', description: 'Does.', parameters },
      ]);
    });
  }

  const freeform: [what: string, tool: object][] = [
    [
      'nested',
      { type: 'custom', custom: { name: 'patch', description: 'Edits.', format: { type: 'text' } } },
    ],
    ['flat', { type: 'custom', name: 'patch', description: 'Edits.' }],
  ];
  for (const [what, tool] of freeform) {
    it(`offers a freeform tool, ${what}, as a function with one text argument`, () => {
      const { tools, toolNames } = parseTools([tool, ...TOOLS], undefined);
      expect(tools.map(({ name }) => name)).to.deep.equal(['patch', 'get_weather', 'get_time']);
      expect(tools[0]?.description).to.match(/^Edits\./);
      expect(tools[0]?.parameters).to.have.nested.property('properties.input.type', 'string');
      expect(toolNames.formOf('patch')).to.include({ type: 'custom', name: 'patch' });
      expect(toolNames.formOf('get_time')).to.deep.equal({ type: 'function', name: 'get_time' });
    });
  }

  const patch = { type: 'custom', custom: { name: 'patch' } };
  const freeformChoices: [string, unknown, unknown, string[]][] = [
    ['nested', patch, { name: 'patch' }, ['get_weather', 'get_time', 'patch']],
    ['flat', { type: 'custom', name: 'patch' }, { name: 'patch' }, ['get_weather', 'get_time', 'patch']],
    ['as a function', named('patch'), { name: 'patch' }, ['get_weather', 'get_time', 'patch']],
    [
      'among allowed ones',
      { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [patch, named('get_time')] } },
      'required',
      ['get_time', 'patch'],
    ],
  ];
  for (const [what, choice, toolChoice, names] of freeformChoices) {
    it(`accepts the choice of a freeform tool, ${what}`, () => {
      const offered = parseTools([...TOOLS, patch], choice);
      expect(offered.toolChoice).to.deep.equal(toolChoice);
      expect(namesOf(offered)).to.deep.equal(names);
    });
  }

  it('tolerates a null schema and a description that is not a string', () => {
    const tool = { function: { name: 'a', description: 5, parameters: null } };
    expect(parseTools([tool], undefined).tools).to.deep.equal([
      { name: 'a', description: undefined, parameters: undefined },
    ]);
  });

  for (const name of ['__proto__', 'constructor', 'toString', 'a b"\n{}', '获取天气', 'x'.repeat(200)]) {
    it(`accepts ${JSON.stringify(name.slice(0, 20))} as a name`, () => {
      const offered = parseTools([named(name), named('other')], named(name));
      expect(namesOf(offered)).to.deep.equal([name, 'other']);
      expect(offered.toolChoice).to.deep.equal({ name });
    });
  }

  const choices: [what: string, choice: unknown, toolChoice: unknown, names?: string[]][] = [
    ['nothing', undefined, 'auto'],
    ['null', null, 'auto'],
    ['auto', 'auto', 'auto'],
    ['none', 'none', 'none'],
    ['required', 'required', 'required'],
    ['a name', named('get_time'), { name: 'get_time' }],
    ['a name in the form of responses', { type: 'function', name: 'get_time' }, { name: 'get_time' }],
    [
      'some of them',
      { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [named('get_time')] } },
      'auto',
      ['get_time'],
    ],
    ['one of some', { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: TOOLS } }, 'required'],
    [
      'some of them in the form of responses',
      { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'get_weather' }] },
      'auto',
      ['get_weather'],
    ],
    ['a tool of a type that was dropped', { type: 'web_search' }, 'auto'],
    ['any, in Anthropic’s word', 'any', 'required'],
    ['any, in Anthropic’s form', { type: 'any' }, 'required'],
    ['auto, in Anthropic’s form', { type: 'auto' }, 'auto'],
    ['none, in Anthropic’s form', { type: 'none' }, 'none'],
    ['a name in Anthropic’s form', { type: 'tool', name: 'get_time' }, { name: 'get_time' }],
    ['a name alone', { name: 'get_time' }, { name: 'get_time' }],
    ['a function without a type', { function: { name: 'get_time' } }, { name: 'get_time' }],
  ];
  for (const [what, choice, toolChoice, names = ['get_weather', 'get_time']] of choices) {
    it(`accepts the choice of ${what}`, () => {
      const offered = parseTools(TOOLS, choice);
      expect(offered.toolChoice).to.deep.equal(toolChoice);
      expect(namesOf(offered)).to.deep.equal(names);
    });
  }

  const refused: [what: string, tools: unknown, choice: unknown, param: string, message: RegExp][] = [
    ['tools that are no list', { 0: TOOLS[0] }, undefined, 'tools', /^tools must be an array of tools\.$/],
    ['a tool that is no object', [...TOOLS, 'x'], undefined, 'tools[2]', /^tools\[2\] must be an object/],
    [
      'a tool without a name',
      [{ type: 'function', function: {} }],
      undefined,
      'tools[0].function.name',
      /must be a name/,
    ],
    [
      'a tool of an endless name',
      [named('x'.repeat(201))],
      undefined,
      'tools[0].function.name',
      /^.{0,150}$/,
    ],
    [
      'a schema that is none',
      [{ type: 'function', function: { name: 'a', parameters: [] } }],
      undefined,
      'tools[0].function.parameters',
      /must be a JSON Schema of type object\.$/,
    ],
    [
      'a flat function with a schema that is none',
      [{ type: 'function', name: 'a', parameters: 'x' }],
      undefined,
      'tools[0].parameters',
      /JSON Schema/,
    ],
    [
      'a freeform tool without a name',
      [{ type: 'custom', custom: {} }],
      undefined,
      'tools[0].custom.name',
      /a name/,
    ],
    [
      'the choice of a freeform tool that was not declared',
      TOOLS,
      { type: 'custom', custom: { name: 'patch' } },
      'tool_choice',
      /names "patch"/,
    ],
    [
      'an unknown choice',
      TOOLS,
      'some',
      'tool_choice',
      /must be "auto", "none", "required" or name a function\.$/,
    ],
    [
      'a choice that was not declared',
      TOOLS,
      named('rest'),
      'tool_choice',
      /names "rest", which is not among tools\.$/,
    ],
    ['a choice of an endless name', TOOLS, named('x'.repeat(5_000)), 'tool_choice', /^.{0,300}$/],
    ['a choice without a name', TOOLS, { type: 'function' }, 'tool_choice', /must name a declared function/],
    [
      'the choice of some tool where there is none',
      [],
      'required',
      'tool_choice',
      /there is no function among tools\.$/,
    ],
    [
      'an allowed tool that was not declared',
      TOOLS,
      { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [named('rest')] } },
      'tool_choice.allowed_tools.tools[0]',
      /names "rest"/,
    ],
  ];
  for (const [what, tools, choice, param, message] of refused) {
    it(`refuses ${what} with a 400 that names ${param}`, () => {
      const error = refusal(tools, choice);
      expect(error).to.include({ status: 400, param });
      expect(error.message).to.match(message);
    });
  }
});
