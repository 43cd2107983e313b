/** Tools of a form that OpenAI defines and the client runs: offered as functions, called by items of their own type. */
import { expect } from 'chai';
import type { ResponseInputItem, ResponseStreamEvent, Tool } from 'openai/resources/responses/responses';
import { ResponseEncoder } from '../../../src/protocol/openai-responses/encoder.js';
import { parseResponsesRequest } from '../../../src/protocol/openai-responses/parse-request.js';
import { call, callDelta, callEnd, callStart, collected, finish } from '../../completion/events.js';
import { checkStream, eventsOf, type ResponseBody, responseShape } from './shapes.js';

const HEAD = { uuid: '1a', created: 1_759_400_000, model: 'GLM-4.5', requestId: 'req-1' };
const parameters = { type: 'object', properties: { query: { type: 'string' } } };
const TOOLS: Tool[] = [
  { type: 'local_shell' },
  { type: 'shell', environment: { type: 'local' } },
  { type: 'apply_patch' },
  { type: 'tool_search', execution: 'client', description: 'Finds tools.', parameters },
];

const parse = (fields: object = {}) => parseResponsesRequest({ model: 'glm', input: 'hi', ...fields }, false);
const user = { role: 'user', content: 'q' };

describe('Tools of a fixed form that the client runs', () => {
  it('are offered as functions, and echoed unchanged', () => {
    const { tools, echo } = parse({ tools: TOOLS });
    expect(tools.map(({ name }) => name)).to.deep.equal([
      'local_shell',
      'shell',
      'apply_patch',
      'tool_search',
    ]);
    const required = tools.map(({ parameters: schema }) => schema?.required);
    expect(required).to.deep.equal([['command'], ['commands'], ['type', 'path'], undefined]);
    expect(tools[3]).to.deep.include({ description: 'Finds tools.', parameters });
    expect(echo.tools).to.deep.equal(TOOLS);
  });

  it('are left out if OpenAI would run them', () => {
    const hosted = [
      { type: 'shell', environment: { type: 'container_auto' } },
      { type: 'tool_search' },
      { type: 'tool_search', execution: 'server' },
    ];
    expect(parse({ tools: hosted }).tools).to.deep.equal([]);
  });

  it('can be chosen by their type, and allowed', () => {
    const chosen = parse({ tools: TOOLS, tool_choice: { type: 'apply_patch' } });
    expect(chosen.toolChoice).to.deep.equal({ name: 'apply_patch' });
    expect(chosen.echo.tool_choice).to.deep.equal({ type: 'apply_patch' });
    const allowed = {
      type: 'allowed_tools',
      mode: 'auto',
      tools: [{ type: 'shell' }, { type: 'web_search' }],
    };
    expect(parse({ tools: TOOLS, tool_choice: allowed }).tools.map(({ name }) => name)).to.deep.equal([
      'shell',
    ]);
    expect(parse({ tools: TOOLS, tool_choice: { type: 'web_search' } }).toolChoice).to.equal('auto');
  });

  it('are distinct from a function of the same name', () => {
    const { tools, toolNames } = parse({ tools: [{ type: 'function', name: 'shell' }, ...TOOLS] });
    const names = tools.map(({ name }) => name);
    expect(new Set(names)).to.have.property('size', 5);
    expect(toolNames.formOf('shell')).to.deep.equal({ type: 'function', name: 'shell' });
    expect(toolNames.formOf(names[2] ?? '')).to.include({ type: 'shell' });
  });

  const calls: [name: string, written: object | string, item: object][] = [
    [
      'local_shell',
      { command: ['ls', '-l'], working_directory: '/tmp', timeout_ms: 5 },
      {
        type: 'local_shell_call',
        action: { type: 'exec', command: ['ls', '-l'], env: {}, working_directory: '/tmp', timeout_ms: 5 },
      },
    ],
    [
      'local_shell',
      { command: 'ls' },
      { type: 'local_shell_call', action: { type: 'exec', command: ['ls'], env: {} } },
    ],
    [
      'shell',
      { commands: ['ls', 'pwd'], timeout_ms: 5 },
      {
        type: 'shell_call',
        action: { commands: ['ls', 'pwd'], timeout_ms: 5, max_output_length: null },
        environment: { type: 'local' },
      },
    ],
    [
      'apply_patch',
      { type: 'update_file', path: 'a.ts', diff: '@@\n-a\n+世界\n' },
      { type: 'apply_patch_call', operation: { type: 'update_file', path: 'a.ts', diff: '@@\n-a\n+世界\n' } },
    ],
    [
      'apply_patch',
      { type: 'delete_file', path: 'a.ts', diff: '' },
      { type: 'apply_patch_call', operation: { type: 'delete_file', path: 'a.ts' } },
    ],
    [
      'tool_search',
      { query: 'calendar' },
      { type: 'tool_search_call', execution: 'client', arguments: { query: 'calendar' } },
    ],
    ['tool_search', 'no JSON', { type: 'tool_search_call', execution: 'client', arguments: {} }],
  ];
  for (const [name, given, item] of calls) {
    const written = typeof given === 'string' ? given : JSON.stringify(given);
    it(`are called by items of their own type: ${name} with ${written}`, async () => {
      const encoder = () => new ResponseEncoder(HEAD, parse({ tools: TOOLS }));
      const pieces = written.match(/.{1,3}/gs) ?? [];
      const events = [
        callStart(0, name),
        ...pieces.map((piece) => callDelta(0, piece)),
        callEnd(0),
        finish('tool_calls'),
      ];
      const shown = eventsOf(encoder().encode(events));
      checkStream(shown);
      expect(shown.map(({ type }) => type)).to.deep.equal([
        'response.created',
        'response.in_progress',
        'response.output_item.added',
        'response.output_item.done',
        'response.completed',
      ]);
      const [done] = outputOf(shown);
      expect(done).to.deep.include({ ...item, status: 'completed', call_id: 'call_0' });
      const whole = encoder().whole(collected([...call(0, name, written), finish('tool_calls')]));
      expect((whole as ResponseBody).output).to.deep.equal([done]);
      expect(responseShape.safeParse(whole).error?.issues ?? []).to.deep.equal([]);
    });
  }

  const histories: [
    what: string,
    items: ResponseInputItem[],
    name: string,
    written: object,
    result: string,
  ][] = [
    [
      'local_shell',
      [
        {
          type: 'local_shell_call',
          id: 'lsh_1',
          call_id: 'a',
          status: 'completed',
          action: { type: 'exec', command: ['ls'], env: {} },
        },
        { type: 'local_shell_call_output', id: 'a', output: 'a.ts' },
      ],
      'local_shell',
      { command: ['ls'] },
      'a.ts',
    ],
    [
      'shell',
      [
        { type: 'shell_call', call_id: 'a', action: { commands: ['ls'], timeout_ms: 5 } },
        {
          type: 'shell_call_output',
          call_id: 'a',
          output: [{ stdout: 'a.ts', stderr: '', outcome: { type: 'exit', exit_code: 0 } }],
        },
      ],
      'shell',
      { commands: ['ls'], timeout_ms: 5 },
      '[{"stdout":"a.ts","stderr":"","outcome":{"type":"exit","exit_code":0}}]',
    ],
    [
      'apply_patch',
      [
        {
          type: 'apply_patch_call',
          call_id: 'a',
          status: 'completed',
          operation: { type: 'delete_file', path: 'a.ts' },
        },
        { type: 'apply_patch_call_output', call_id: 'a', status: 'failed' },
      ],
      'apply_patch',
      { type: 'delete_file', path: 'a.ts' },
      'failed',
    ],
  ];
  for (const [what, items, name, written, result] of histories) {
    it(`are accepted in the history: ${what}`, () => {
      expect(parse({ tools: TOOLS, input: [user, ...items] }).messages.slice(1)).to.deep.equal([
        {
          role: 'assistant',
          content: '',
          toolCalls: [{ id: 'a', name, arguments: JSON.stringify(written) }],
        },
        { role: 'tool', callId: 'a', content: result },
      ]);
    });
  }

  it('may find further tools, which are then offered, once each', () => {
    const found = {
      type: 'namespace',
      name: 'mcp__calendar',
      description: 'Dates.',
      tools: [{ type: 'function', name: 'create', description: 'Creates.', parameters }],
    };
    const search = (id: string) => [
      {
        type: 'tool_search_call',
        call_id: id,
        execution: 'client',
        status: 'completed',
        arguments: { query: 'date' },
      },
      { type: 'tool_search_output', call_id: id, execution: 'client', status: 'completed', tools: [found] },
    ];
    const { tools, messages } = parse({
      tools: TOOLS.slice(3),
      input: [user, ...search('a'), ...search('b')],
    });
    expect(tools.map(({ name }) => name)).to.deep.equal(['tool_search', 'mcp__calendar__create']);
    expect(messages.slice(1, 3)).to.deep.equal([
      {
        role: 'assistant',
        content: '',
        toolCalls: [{ id: 'a', name: 'tool_search', arguments: '{"query":"date"}' }],
      },
      { role: 'tool', callId: 'a', content: 'Found: mcp__calendar' },
    ]);
  });

  it('leave nothing in the history if OpenAI ran them', () => {
    const server = [
      { type: 'tool_search_call', call_id: null, execution: 'server', arguments: {} },
      { type: 'tool_search_output', call_id: null, execution: 'server', tools: [] },
      { type: 'web_search_call', id: 'ws_1', status: 'completed' },
    ];
    expect(parse({ input: [user, ...server] }).messages).to.deep.equal([user]);
  });
});

function outputOf(events: readonly ResponseStreamEvent[]): object[] {
  const last = events.at(-1);
  return last && 'response' in last ? last.response.output : [];
}
