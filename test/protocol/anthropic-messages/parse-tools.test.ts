import { expect } from 'chai';
import { BadRequestError } from '../../../src/errors.js';
import { parseTools } from '../../../src/protocol/anthropic-messages/parse-tools.js';

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
  it('are functions, whatever else Anthropic says of them', () => {
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

  it('lose those that Anthropic would run or knows by heart', () => {
    const given = [search, { type: 'bash_20250124', name: 'bash' }, { type: 'mcp_toolset' }, weather];
    expect(parseTools(given, undefined).tools.map(({ name }) => name)).to.deep.equal(['weather']);
  });

  const choices: [choice: unknown, expected: unknown][] = [
    [null, 'auto'],
    [{ type: 'auto' }, 'auto'],
    [{ type: 'none' }, 'none'],
    [{ type: 'any' }, 'required'],
    [{ type: 'tool', name: 'weather' }, { name: 'weather' }],
    [{ type: 'tool', name: 'web_search' }, 'auto'],
  ];
  for (const [choice, expected] of choices) {
    it(`are chosen from by ${JSON.stringify(choice)}`, () => {
      expect(parseTools([weather, search], choice).toolChoice).to.deep.equal(expected);
    });
  }

  it('are not insisted on where all were dropped', () => {
    expect(parseTools([search], { type: 'any' }).toolChoice).to.equal('auto');
  });

  it('are called one at a time where the client wants it so', () => {
    for (const disable_parallel_tool_use of [true, false])
      expect(parseTools([weather], { type: 'any', disable_parallel_tool_use }).parallelToolCalls).to.equal(
        !disable_parallel_tool_use,
      );
  });

  it('that are wrong are told where', () => {
    expect(refused({})).to.equal('tools');
    expect(refused(['x'])).to.equal('tools[0]');
    expect(refused([weather, { input_schema: schema }])).to.equal('tools[1].name');
    expect(refused([{ name: 'x' }])).to.equal('tools[0].input_schema');
    expect(refused([], { type: 'any' })).to.equal('tool_choice');
    expect(refused([weather], { type: 'tool' })).to.equal('tool_choice.name');
    expect(refused([weather], { type: 'tool', name: 'x' })).to.equal('tool_choice.name');
    expect(refused([weather], { type: 'some' })).to.equal('tool_choice.type');
    expect(refused([weather], 'auto')).to.equal('tool_choice.type');
  });
});
