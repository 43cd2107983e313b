import { expect } from 'chai';
import type OpenAI from 'openai';
import { useGateway } from '../support/gateway.js';

type Messages = OpenAI.ChatCompletionMessageParam[];

const tool = (name: string, properties: Record<string, object>): OpenAI.ChatCompletionFunctionTool => ({
  type: 'function',
  function: {
    name,
    description: `The tool ${name}.`,
    parameters: {
      type: 'object',
      properties,
      required: Object.keys(properties),
      additionalProperties: false,
    },
  },
});
const tools = [
  tool('get_weather', { city: { type: 'string' }, unit: { enum: ['celsius', 'fahrenheit'] } }),
  tool('add', { a: { type: 'number' }, b: { type: 'number' } }),
];

/** What the client runs. */
const RUN: Record<string, (given: never) => string> = {
  get_weather: ({ city, unit }: { city: string; unit: string }) => `12 degrees ${unit} in ${city}`,
  add: ({ a, b }: { a: number; b: number }) => `the sum is ${a + b}`,
};

for (const streaming of [false, true]) {
  describe(`The openai SDK in a loop of tools over the web chat, ${streaming ? 'streamed' : 'whole'}`, () => {
    const rig = useGateway({ form: 'web' });

    const next = async (messages: Messages): Promise<OpenAI.ChatCompletion.Choice | undefined> => {
      const asked = { model: 'GLM-4.5', messages, tools, enable_thinking: true };
      const { completions } = rig.sdk().chat;
      const answer = streaming
        ? await completions.stream({ ...asked, stream: true }).finalChatCompletion()
        : await completions.create(asked);
      return answer.choices[0];
    };

    /** Until an answer without calls; gives the number of requests, and all messages. */
    async function loop(question: string): Promise<{ turns: number; messages: Messages }> {
      const messages: Messages = [{ role: 'user', content: question }];
      for (let turns = 1; turns < 6; turns += 1) {
        const choice = await next(messages);
        if (choice === undefined) break;
        messages.push(choice.message);
        const calls = choice.message.tool_calls ?? [];
        expect(choice.finish_reason).to.equal(calls.length > 0 ? 'tool_calls' : 'stop');
        if (calls.length === 0) return { turns, messages };
        for (const call of calls) {
          if (call.type !== 'function') continue;
          const run = RUN[call.function.name];
          const content = run?.(JSON.parse(call.function.arguments) as never) ?? 'unknown tool';
          messages.push({ role: 'tool', tool_call_id: call.id, content });
        }
      }
      return expect.fail('the loop has no end');
    }

    beforeEach(() => {
      rig.simulator.requests.length = 0;
    });

    for (const [word, expected] of [
      ['sim:tools', 3],
      ['sim:tools-parallel', 2],
      ['sim:tools sim:tools-as=prose', 3],
    ] as const) {
      it(`gets an answer made of both results, and keeps its guest token (${word})`, async () => {
        const { turns, messages } = await loop(`${word} How warm is it? ${streaming}`);
        expect(turns).to.equal(expected);
        expect(messages.at(-1)?.content)
          .to.contain('12 degrees celsius in Oslo 奥斯陆')
          .and.contain('the sum is 2');
        const chats = rig.upstreamChats;
        expect(chats).to.have.length(expected);
        expect(new Set(chats.map(({ headers }) => headers.authorization)).size).to.equal(1);
        const ids = messages.flatMap((message) => (message.role === 'tool' ? [message.tool_call_id] : []));
        expect(new Set(ids).size).to.equal(2);
      });
    }

    it('continues in the same conversation afterwards', async () => {
      const { messages } = await loop('sim:tools-parallel and more');
      messages.push({ role: 'user', content: 'sim:say(You are welcome.)' });
      expect((await next(messages))?.message.content).to.equal('You are welcome.');
      const tokens = rig.upstreamChats.map(({ headers }) => headers.authorization);
      expect(tokens).to.have.length(3);
      expect(new Set(tokens).size).to.equal(1);
    });
  });
}
