/** Tools in whatever form a client declares them: namespaces and freeform tools, through real SDKs and every upstream. */
import { expect } from 'chai';
import type OpenAI from 'openai';
import type { Response, ResponseInput, ResponseOutputItem, Tool } from 'openai/resources/responses/responses';
import { type Json, UPSTREAM_FORMS, useGateway } from '../support/gateway.js';

const parameters = { type: 'object', properties: { q: { type: 'string' } }, required: ['q'] };
/** As Codex offers them, with one MCP server. */
const TOOLS: Tool[] = [
  { type: 'function', name: 'look', strict: false, parameters },
  { type: 'custom', name: 'apply_patch', description: 'Edits.', format: { type: 'text' } },
  {
    type: 'namespace',
    name: 'mcp__docs',
    description: 'The handbook.',
    tools: [
      { type: 'function', name: 'search', parameters },
      { type: 'custom', name: 'ask' },
    ],
  },
  { type: 'web_search' },
];
/** What the simulator writes into a text that it knows nothing of. */
const SAMPLE = 'Oslo 奥斯陆';
const CALLS = [
  { type: 'function_call', namespace: undefined, name: 'look', written: JSON.stringify({ q: SAMPLE }) },
  { type: 'custom_tool_call', namespace: undefined, name: 'apply_patch', written: SAMPLE },
  { type: 'function_call', namespace: 'mcp__docs', name: 'search', written: JSON.stringify({ q: SAMPLE }) },
  { type: 'custom_tool_call', namespace: 'mcp__docs', name: 'ask', written: SAMPLE },
];

type Body = Omit<OpenAI.Responses.ResponseCreateParamsNonStreaming, 'stream'>;

for (const form of UPSTREAM_FORMS) {
  describe(`Tools of every form, with the upstream form ${form}`, () => {
    const rig = useGateway({ form });

    const ways = {
      whole: (body: Body) => rig.sdk().responses.create(body),
      streamed: (body: Body) => rig.sdk().responses.stream(body).finalResponse(),
    };
    for (const [way, ask] of Object.entries(ways)) {
      it(`are called and given back in the client’s own form through a loop of Responses, ${way}`, async () => {
        const input: ResponseInput = [{ role: 'user', content: 'Go. sim:tools' }];
        const calls: object[] = [];
        let last: Response | undefined;
        for (let turn = 0; turn < 6; turn += 1) {
          last = await ask({ model: 'GLM-4.5', input, tools: TOOLS });
          input.push(...(last.output as ResponseInput));
          const called = last.output.filter(isCall);
          if (called.length === 0) break;
          for (const call of called) {
            const { namespace, name } = call;
            const written = call.type === 'custom_tool_call' ? call.input : call.arguments;
            calls.push({ type: call.type, namespace, name, written });
            input.push({ type: `${call.type}_output`, call_id: call.call_id, output: `of ${name}` } as Json);
          }
        }
        expect(calls).to.deep.equal(CALLS);
        for (const { name } of CALLS) expect(last?.output_text).to.contain(`“of ${name}”`);
      });

      it(`can be chosen by their two names, ${way}`, async () => {
        const choice: Json = { type: 'function', namespace: 'mcp__docs', name: 'search' };
        const body = { model: 'GLM-4.5', input: 'sim:tools', tools: TOOLS, tool_choice: choice };
        const response = await ask(body);
        expect(response.output.filter(isCall)[0]).to.include({ namespace: 'mcp__docs', name: 'search' });
        expect(response.tool_choice).to.deep.equal(choice);
        expect(response.tools).to.deep.equal([{ ...TOOLS[0], description: null }, ...TOOLS.slice(1, 3)]);
      });
    }

    it('are called through a loop of chat completions, whole and streamed', async () => {
      const tools: OpenAI.ChatCompletionTool[] = [
        { type: 'custom', custom: { name: 'apply_patch', description: 'Edits.', format: { type: 'text' } } },
        { type: 'function', function: { name: 'look', parameters } },
      ];
      const question: OpenAI.ChatCompletionMessageParam = { role: 'user', content: 'Go. sim:tools' };
      const { choices } = await rig
        .sdk()
        .chat.completions.create({ model: 'GLM-4.5', messages: [question], tools });
      const message = choices[0]?.message;
      const call = message?.tool_calls?.[0];
      expect(call).to.deep.include({ type: 'custom', custom: { name: 'apply_patch', input: SAMPLE } });

      const messages = [
        question,
        message as OpenAI.ChatCompletionMessage,
        { role: 'tool' as const, tool_call_id: String(call?.id), content: 'patched' },
      ];
      const stream = await rig
        .sdk()
        .chat.completions.create({ model: 'GLM-4.5', messages, tools, stream: true });
      const pieces: Json[] = [];
      for await (const chunk of stream) pieces.push(...(chunk.choices[0]?.delta.tool_calls ?? []));
      expect(pieces[0]).to.deep.include({ type: 'function', function: { name: 'look', arguments: '' } });

      const again = await rig
        .sdk()
        .chat.completions.create({ model: 'GLM-4.5', messages: [question], tools, stream: true });
      const freeform: Json[] = [];
      for await (const chunk of again) freeform.push(...(chunk.choices[0]?.delta.tool_calls ?? []));
      expect(freeform[0]).to.deep.include({ type: 'custom', custom: { name: 'apply_patch', input: '' } });
      expect(freeform.map(({ custom }) => custom.input).join('')).to.equal(SAMPLE);
    });
  });
}

function isCall(item: ResponseOutputItem) {
  return item.type === 'function_call' || item.type === 'custom_tool_call';
}
