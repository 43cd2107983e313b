/** OpenAI's Agents SDK, which continues kept responses by `previousResponseId`. */
import { Agent, OpenAIProvider, Runner, tool } from '@openai/agents';
import { expect } from 'chai';
import { type Json, KEY, useGateway } from '../support/gateway.js';
import { DESCRIPTIONS, TIME, Toolbox, WEATHER } from './tools.js';

for (const form of ['zai', 'self-hosted', 'web'] as const) {
  describe(`OpenAI’s Agents SDK, with the upstream form ${form}`, () => {
    const rig = useGateway({ form });
    const runner = () =>
      new Runner({
        model: 'GLM-4.5',
        modelProvider: new OpenAIProvider({ apiKey: KEY, baseURL: `${rig.url}/v1`, useResponses: true }),
        tracingDisabled: true,
      });
    const agentWith = (toolbox: Toolbox) =>
      new Agent({
        name: 'Helper',
        instructions: 'Help.',
        tools: [
          tool({
            name: 'get_weather',
            description: DESCRIPTIONS.get_weather,
            parameters: WEATHER,
            execute: async (given) => toolbox.get_weather(given),
          }),
          tool({
            name: 'get_time',
            description: DESCRIPTIONS.get_time,
            parameters: TIME,
            execute: async (given) => toolbox.get_time(given),
          }),
        ],
      });
    const askedUpstream = () => {
      const body: Json = rig.simulator.requests.at(-1)?.body;
      return JSON.stringify(body.messages);
    };

    it('continues a conversation by previousResponseId, sending only what is new', async () => {
      const agent = new Agent({ name: 'Helper', instructions: 'Help.' });
      const first = await runner().run(agent, 'sim:say(Hello)');
      expect(first.finalOutput).to.equal('Hello');
      expect(first.lastResponseId).to.match(/^resp_/);
      const second = await runner().run(agent, 'And now? sim:say(Bye)', {
        previousResponseId: String(first.lastResponseId),
      });
      expect(second.finalOutput).to.equal('Bye');
      expect(second.lastResponseId).not.to.equal(first.lastResponseId);
      expect(askedUpstream()).to.contain('Hello').and.to.contain('And now?');
    });

    for (const stream of [false, true]) {
      it(`runs through two tools in a turn that continues another, stream: ${stream}`, async () => {
        const toolbox = new Toolbox();
        const agent = agentWith(toolbox);
        const first = await runner().run(agent, 'sim:say(Hello)');
        const options = { previousResponseId: String(first.lastResponseId) };
        const question = 'What now? sim:tools';
        if (stream) {
          const result = await runner().run(agent, question, { ...options, stream: true });
          for await (const _event of result);
          await result.completed;
          toolbox.expectLoop(result.finalOutput);
        } else toolbox.expectLoop((await runner().run(agent, question, options)).finalOutput);
        expect(askedUpstream()).to.contain('Hello');
      });
    }

    it('is told that a response is not kept', async () => {
      const agent = new Agent({ name: 'Helper' });
      const error: Json = await runner()
        .run(agent, 'Hi', { previousResponseId: `resp_${'0'.repeat(32)}` })
        .catch((thrown: unknown) => thrown);
      expect(error).to.include({ status: 400, code: 'previous_response_not_found' });
    });
  });
}
