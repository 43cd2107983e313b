import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateObject, generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { expect } from 'chai';
import { z } from 'zod';
import { KEY, useGateway } from '../support/gateway.js';
import { DESCRIPTIONS, TIME, Toolbox, WEATHER } from './tools.js';

for (const form of ['zai', 'self-hosted'] as const) {
  describe(`The Vercel AI SDK, with the upstream ${form}`, () => {
    const rig = useGateway({ form });
    const model = () =>
      createOpenAICompatible({
        name: 'zto',
        baseURL: `${rig.url}/v1`,
        apiKey: KEY,
        includeUsage: true,
        supportsStructuredOutputs: true,
      }).chatModel('GLM-4.5');
    const asked = (prompt: string, toolbox: Toolbox) => ({
      model: model(),
      prompt,
      maxRetries: 0,
      stopWhen: stepCountIs(5),
      tools: {
        get_weather: tool({
          description: DESCRIPTIONS.get_weather,
          inputSchema: WEATHER,
          execute: async (given) => toolbox.get_weather(given),
        }),
        get_time: tool({
          description: DESCRIPTIONS.get_time,
          inputSchema: TIME,
          execute: async (given) => toolbox.get_time(given),
        }),
      },
    });

    it('runs through two tools with generateText', async () => {
      const toolbox = new Toolbox();
      const { text, steps, totalUsage } = await generateText(asked('What now? sim:tools', toolbox));
      toolbox.expectLoop(text);
      expect(steps.map(({ finishReason }) => finishReason)).to.deep.equal([
        'tool-calls',
        'tool-calls',
        'stop',
      ]);
      expect(totalUsage.totalTokens).to.be.above(0);
    });

    it('runs through two tools with streamText', async () => {
      const toolbox = new Toolbox();
      const result = streamText(asked('What now? sim:tools', toolbox));
      let text = '';
      for await (const piece of result.textStream) text += piece;
      toolbox.expectLoop(text);
      expect((await result.totalUsage).totalTokens).to.be.above(0);
    });

    it('throws for a tool call that was cut, and does not run it', async () => {
      const toolbox = new Toolbox();
      const errors: unknown[] = [];
      const word = `sim:tools sim:cut sim:pace=1 sim:after=${form === 'zai' ? 1 : 4}`;
      const result = streamText({
        ...asked(word, toolbox),
        onError: ({ error }) => {
          errors.push(error);
        },
      });
      await result.consumeStream();
      expect(errors).to.have.length.above(0);
      const whole = await generateText(asked(word, toolbox)).catch((error: unknown) => error);
      expect(whole).to.be.instanceOf(Error);
      expect(toolbox.called).to.deep.equal([]);
    });

    const Plan = z.object({ city: z.string(), days: z.number().int().min(3) });
    it('gets objects that fit a schema, whole and streamed', async () => {
      const wished = { model: model(), prompt: 'Plan a trip.', maxRetries: 0 };
      const { object } = await generateObject({ ...wished, schema: Plan });
      expect(object).to.deep.equal({ city: 'Oslo 奥斯陆', days: 3 });
      const { output } = await generateText({ ...wished, output: Output.object({ schema: Plan }) });
      expect(output).to.deep.equal(object);
      const streamed = streamText({ ...wished, output: Output.object({ schema: Plan }) });
      await streamed.consumeStream();
      expect(await streamed.output).to.deep.equal(object);
    });
  });
}
