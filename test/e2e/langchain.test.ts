import { type BaseMessage, HumanMessage } from '@langchain/core/messages';
import { type StructuredToolInterface, tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { expect } from 'chai';
import { z } from 'zod';
import { KEY, useGateway } from '../support/gateway.js';
import { DESCRIPTIONS, TIME, Toolbox, WEATHER } from './tools.js';

for (const form of ['zai', 'self-hosted'] as const) {
  describe(`LangChain’s ChatOpenAI, with the upstream ${form}`, () => {
    const rig = useGateway({ form });
    const chat = () =>
      new ChatOpenAI({
        model: 'GLM-4.5',
        apiKey: KEY,
        maxRetries: 0,
        configuration: { baseURL: `${rig.url}/v1` },
      });
    const toolsOf = (toolbox: Toolbox): StructuredToolInterface[] => [
      tool((given) => toolbox.get_weather(given), {
        name: 'get_weather',
        description: DESCRIPTIONS.get_weather,
        schema: WEATHER,
      }),
      tool((given) => toolbox.get_time(given), {
        name: 'get_time',
        description: DESCRIPTIONS.get_time,
        schema: TIME,
      }),
    ];
    type Bound = ReturnType<ChatOpenAI['bindTools']>;

    const whole = (bound: Bound, messages: BaseMessage[]) => bound.invoke(messages);
    const streamed = async (bound: Bound, messages: BaseMessage[]) => {
      let sum: Awaited<ReturnType<Bound['invoke']>> | undefined;
      for await (const chunk of await bound.stream(messages)) sum = sum ? sum.concat(chunk) : chunk;
      return sum ?? expect.fail('an empty stream');
    };

    for (const [way, ask] of Object.entries({ whole, streamed })) {
      it(`runs through two tools, ${way}`, async () => {
        const toolbox = new Toolbox();
        const tools = toolsOf(toolbox);
        const bound = chat().bindTools(tools);
        const messages: BaseMessage[] = [new HumanMessage('What now? sim:tools')];
        for (let round = 0; round < 5; round += 1) {
          const answer = await ask(bound, messages);
          if (!answer.tool_calls?.length) return toolbox.expectLoop(answer.text);
          messages.push(answer);
          for (const call of answer.tool_calls) {
            const run = tools.find(({ name }) => name === call.name);
            messages.push(await run?.invoke({ ...call, type: 'tool_call' }));
          }
        }
        throw new Error('the loop does not end');
      });

      it(`throws for a tool call that was cut, ${way}`, async () => {
        const bound = chat().bindTools(toolsOf(new Toolbox()));
        const word = `sim:tools sim:cut sim:pace=1 sim:after=${form === 'zai' ? 1 : 4}`;
        const failure = await ask(bound, [new HumanMessage(word)]).catch((error: unknown) => error);
        expect(failure).to.be.instanceOf(Error);
      });
    }

    const Plan = z.object({ city: z.string(), days: z.number().int().min(3) });
    for (const method of ['functionCalling', 'jsonSchema'] as const) {
      it(`receives an object that fits a schema, by ${method}`, async () => {
        const structured = chat().withStructuredOutput(Plan, { method, name: 'plan' });
        expect(await structured.invoke('Plan a trip. sim:tools')).to.deep.equal({
          city: 'Oslo 奥斯陆',
          days: 3,
        });
      });
    }
  });
}
