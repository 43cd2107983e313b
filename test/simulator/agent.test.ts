/** The simulated model that edits a file with the tools of whichever coding agent asks. */
import { expect } from 'chai';
import { askOpenAi, type Json, useSimulator } from './client.js';

const WORD = 'sim:edit(/work/a b.txt|Hello|Guten Tag)';

/** As the agents declare them: what their requests were seen to hold, without the descriptions. */
const AGENTS: Record<string, { tools: Record<string, Json>; steps: [string, Json][] }> = {
  'Claude Code': {
    tools: {
      Bash: { command: 'string', timeout: 'number' },
      Edit: { file_path: 'string', old_string: 'string', new_string: 'string', replace_all: 'boolean' },
      Read: { file_path: 'string', offset: 'integer' },
    },
    steps: [
      ['Read', { file_path: '/work/a b.txt' }],
      ['Edit', { file_path: '/work/a b.txt', old_string: 'Hello', new_string: 'Guten Tag' }],
    ],
  },
  Cline: {
    tools: {
      read_files: { files: { type: 'array', items: { properties: { path: { type: 'string' } } } } },
      run_commands: { commands: { type: 'array', items: { type: 'string' } } },
      editor: { path: 'string', old_text: 'string', new_text: 'string', insert_line: 'integer' },
    },
    steps: [
      ['read_files', { files: [{ path: '/work/a b.txt' }] }],
      ['editor', { path: '/work/a b.txt', old_text: 'Hello', new_text: 'Guten Tag' }],
    ],
  },
  Codex: {
    tools: { exec_command: { cmd: 'string', login: 'boolean' }, write_stdin: { session_id: 'number' } },
    steps: [['exec_command', { cmd: "perl -pi -e 's/\\QHello\\E/Guten Tag/' '/work/a b.txt'" }]],
  },
  'Codex with a patch tool': {
    tools: { exec_command: { cmd: 'string' }, apply_patch: { input: 'string' } },
    steps: [
      [
        'apply_patch',
        { input: '*** Begin Patch\n*** Update File: /work/a b.txt\n@@\n-Hello\n+Guten Tag\n*** End Patch' },
      ],
    ],
  },
};

describe('the simulated coding model', () => {
  const simulator = useSimulator();

  async function say(messages: Json[], tools: Json[]): Promise<Json> {
    const response = await askOpenAi(`${simulator().url}/v1`, '', { messages, tools, stream: false });
    return ((await response.json()) as Json).choices[0].message;
  }

  for (const [name, { tools, steps }] of Object.entries(AGENTS)) {
    it(`edits with the tools of ${name}, then says what they said`, async () => {
      const declared = Object.entries(tools).map(([tool, properties]) => declaration(tool, properties));
      const messages: Json[] = [{ role: 'user', content: `Replace Hello. ${WORD}` }];
      for (const [tool, given] of steps) {
        const answer = await say(messages, declared);
        expect(answer.tool_calls).to.have.length(1);
        const [call] = answer.tool_calls;
        expect([call.function.name, JSON.parse(call.function.arguments)]).to.deep.equal([tool, given]);
        messages.push(answer, { role: 'tool', tool_call_id: call.id, content: `result of ${tool}` });
      }
      const last = await say(messages, declared);
      expect(last.tool_calls).to.equal(undefined);
      expect(last.content)
        .to.contain('the tools said')
        .and.to.contain(`result of ${steps.at(-1)?.[0]}`);
    });
  }

  it('reads a file and calls a tool by the end of its name before it edits', async () => {
    const words = 'sim:read(/work/a.png) sim:call(greet|{"to":"Eva"}) sim:edit(/work/b.txt|Hello|Moin)';
    const declared = [
      declaration('Edit', { file_path: 'string', old_string: 'string', new_string: 'string' }),
      declaration('Read', { file_path: 'string' }),
      declaration('mcp__book__greet', { to: 'string' }),
    ];
    const messages: Json[] = [{ role: 'user', content: words }];
    const steps: unknown[] = [];
    for (
      let answer = await say(messages, declared);
      answer.tool_calls;
      answer = await say(messages, declared)
    ) {
      const [{ id, function: called }] = answer.tool_calls;
      steps.push([called.name, JSON.parse(called.arguments)]);
      messages.push(answer, { role: 'tool', tool_call_id: id, content: 'done' });
    }
    expect(steps).to.deep.equal([
      ['Read', { file_path: '/work/a.png' }],
      ['mcp__book__greet', { to: 'Eva' }],
      ['Read', { file_path: '/work/b.txt' }],
      ['Edit', { file_path: '/work/b.txt', old_string: 'Hello', new_string: 'Moin' }],
    ]);
  });

  it('calls a tool with arguments that fit its schema where none are given', async () => {
    const answer = await say(
      [{ role: 'user', content: 'sim:call(greet)' }],
      [declaration('other', {}), declaration('greet', { to: { type: 'string', enum: ['Eva'] } })],
    );
    expect(answer.tool_calls[0].function).to.include({ name: 'greet', arguments: '{"to":"Eva"}' });
  });

  it('answers in words where a tool that it is to call is not declared', async () => {
    const edit = declaration('edit', { path: 'string', old_text: 'string', new_text: 'string' });
    const answer = await say([{ role: 'user', content: `sim:call(greet) ${WORD}` }], [edit]);
    expect(answer.tool_calls).to.equal(undefined);
  });
});

function declaration(name: string, properties: Record<string, Json>): Json {
  const typed = Object.entries(properties).map(([key, type]) => [
    key,
    typeof type === 'string' ? { type } : type,
  ]);
  const parameters = { type: 'object', properties: Object.fromEntries(typed) };
  return { type: 'function', function: { name, parameters } };
}
