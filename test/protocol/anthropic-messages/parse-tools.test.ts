import { expect } from 'chai';
import { parseTools } from '../../../src/protocol/anthropic-messages/parse-tools.js';
import { BadRequestError } from '../../../src/vocabulary/errors.js';
import type { Json } from '../../support/gateway.js';

const schema = { type: 'object', properties: { city: { type: 'string' } }, $schema: 'x' };
const weather = { name: 'weather', description: 'Looks out', input_schema: schema };
const search = { type: 'web_search_20250305', name: 'web_search', max_uses: 3 };

const refused = (tools: unknown, choice?: unknown) => {
  try {
    parseTools(tools, choice);
  } catch (error) {
    if (error instanceof BadRequestError) return error.param;
  }
  return expect.fail('it should have been refused');
};

describe('The tools of /v1/messages', () => {
  it('become functions, without Anthropic’s other fields', () => {
    const given = [weather, { ...weather, name: 'b', type: 'custom', strict: true, cache_control: {} }];
    expect(parseTools(given, undefined)).to.deep.equal({
      tools: [
        { name: 'weather', description: 'Looks out', parameters: schema },
        { name: 'b', description: 'Looks out', parameters: schema },
      ],
      toolChoice: 'auto',
      parallelToolCalls: true,
    });
  });

  it('leave out tools that run on Anthropic’s servers', () => {
    const given = [search, { type: 'code_execution_20250825', name: 'x' }, { type: 'mcp_toolset' }, weather];
    expect(parseTools(given, undefined).tools.map(({ name }) => name)).to.deep.equal(['weather']);
  });

  const clientTools: [type: string, name: string, properties: string[], required: string[]][] = [
    ['bash_20250124', 'bash', ['command', 'restart'], []],
    [
      'text_editor_20250728',
      'str_replace_based_edit_tool',
      ['command', 'path', 'view_range', 'file_text', 'old_str', 'insert_line', 'new_str', 'insert_text'],
      ['command', 'path'],
    ],
    [
      'text_editor_20250124',
      'str_replace_editor',
      ['command', 'path', 'view_range', 'file_text', 'old_str', 'insert_line', 'new_str'],
      ['command', 'path'],
    ],
    [
      'memory_20250818',
      'memory',
      [
        'command',
        'path',
        'view_range',
        'file_text',
        'old_str',
        'insert_line',
        'new_str',
        'insert_text',
        'old_path',
        'new_path',
      ],
      ['command'],
    ],
  ];
  for (const [type, name, properties, required] of clientTools) {
    it(`get a schema if Anthropic defines them and the client runs them: ${type}`, () => {
      const [tool, ...others] = parseTools(
        [{ type, name, cache_control: { type: 'ephemeral' } }],
        undefined,
      ).tools;
      expect(others).to.deep.equal([]);
      expect(tool?.name).to.equal(name);
      expect(tool?.description).to.be.a('string').and.not.equal('');
      expect(tool?.parameters).to.deep.include({ type: 'object', required });
      expect(Object.keys(tool?.parameters?.properties as object)).to.deep.equal(properties);
    });
  }

  it('have the commands of their version', () => {
    const commandsOf = (type: string) => {
      const tools: readonly Json[] = parseTools([{ type, name: 'x' }], undefined).tools;
      return tools[0].parameters.properties.command.enum;
    };
    const editing = ['view', 'create', 'str_replace', 'insert'];
    expect(commandsOf('text_editor_20250429')).to.deep.equal(editing);
    expect(commandsOf('text_editor_20241022')).to.deep.equal([...editing, 'undo_edit']);
    expect(commandsOf('memory_20250818')).to.deep.equal([...editing, 'delete', 'rename']);
  });

  it('may be in OpenAI’s form', () => {
    const nested = { type: 'function', function: { name: 'a', description: 'Does', parameters: schema } };
    const flat = { type: 'function', name: 'b', description: 'Does', parameters: schema };
    expect(parseTools([nested, flat], undefined).tools).to.deep.equal([
      { name: 'a', description: 'Does', parameters: schema },
      { name: 'b', description: 'Does', parameters: schema },
    ]);
  });

  it('are offered once if a name is duplicated', () => {
    expect(parseTools([weather, { ...weather, description: 'Looks in' }], undefined).tools).to.deep.equal([
      { name: 'weather', description: 'Looks in', parameters: schema },
    ]);
  });

  const choices: [choice: unknown, expected: unknown][] = [
    [null, 'auto'],
    [{ type: 'auto' }, 'auto'],
    [{ type: 'none' }, 'none'],
    [{ type: 'any' }, 'required'],
    [{ type: 'tool', name: 'weather' }, { name: 'weather' }],
    [{ type: 'tool', name: 'web_search' }, 'auto'],
    ['any', 'required'],
    ['required', 'required'],
    ['auto', 'auto'],
  ];
  for (const [choice, expected] of choices) {
    it(`are chosen from by ${JSON.stringify(choice)}`, () => {
      expect(parseTools([weather, search], choice).toolChoice).to.deep.equal(expected);
    });
  }

  it('are not required if all were dropped', () => {
    expect(parseTools([search], { type: 'any' }).toolChoice).to.equal('auto');
  });

  it('are called one at a time if the client asks for it', () => {
    for (const disable_parallel_tool_use of [true, false])
      expect(parseTools([weather], { type: 'any', disable_parallel_tool_use }).parallelToolCalls).to.equal(
        !disable_parallel_tool_use,
      );
  });

  it('are refused with the path of the fault', () => {
    expect(refused({})).to.equal('tools');
    expect(refused(['x'])).to.equal('tools[0]');
    expect(refused([weather, { input_schema: schema }])).to.equal('tools[1].name');
    expect(refused([{ name: 'x' }])).to.equal('tools[0].input_schema');
    expect(refused([], { type: 'any' })).to.equal('tool_choice');
    expect(refused([weather], { type: 'tool' })).to.equal('tool_choice.name');
    expect(refused([weather], { type: 'tool', name: 'x' })).to.equal('tool_choice.name');
    expect(refused([weather], { type: 'some' })).to.equal('tool_choice.type');
    expect(refused([weather], 'some')).to.equal('tool_choice.type');
  });
});
