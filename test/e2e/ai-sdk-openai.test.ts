/** The AI SDK's default provider, which speaks Responses and refers to what it believes to be kept. */
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, type ModelMessage, Output, stepCountIs, streamText, tool } from 'ai';
import { expect } from 'chai';
import { z } from 'zod';
import { type Json, KEY, useGateway } from '../support/gateway.js';
import { DESCRIPTIONS, TIME, Toolbox, WEATHER } from './tools.js';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

for (const form of ['zai', 'self-hosted', 'web'] as const) {
  describe(`The AI SDK’s OpenAI provider, with the upstream form ${form}`, () => {
    const rig = useGateway({ form, env: { ENABLE_THINKING: 'true' } });
    const openai = () => createOpenAI({ baseURL: `${rig.url}/v1`, apiKey: KEY });
    const base = () => ({ model: openai()('GLM-4.5'), maxRetries: 0, stopWhen: stepCountIs(5) });
    const asked = (toolbox: Toolbox) => ({
      ...base(),
      prompt: 'What now? sim:tools',
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

    it('receives answer and thinking once each, whole and streamed', async () => {
      const question = { ...base(), prompt: 'What is love?' };
      const whole = await generateText(question);
      expect(whole.text).to.match(/^\*Simulated answer/);
      expect(whole.reasoningText).to.match(/^The user asks: "What is love\?"/);
      expect(whole.warnings).to.deep.equal([]);
      const stream = streamText(question);
      await stream.consumeStream();
      expect(await stream.text).to.equal(whole.text);
      expect(await stream.reasoningText).to.equal(whole.reasoningText);
      expect((await stream.totalUsage).totalTokens).to.be.above(0);
    });

    it('runs through two tools with generateText, though it refers to the thinking before them', async () => {
      const toolbox = new Toolbox();
      const { text, steps } = await generateText(asked(toolbox));
      toolbox.expectLoop(text);
      expect(steps.map(({ finishReason }) => finishReason)).to.deep.equal([
        'tool-calls',
        'tool-calls',
        'stop',
      ]);
      const sent = steps.map(({ request }) => request.body as Json);
      const references = sent.at(-1).input.filter(({ type }: Json) => type === 'item_reference');
      expect(references).to.have.length(2);
      for (const { id } of references) expect(id).to.match(/^rs_/);
    });

    it('runs through two tools with streamText', async () => {
      const toolbox = new Toolbox();
      const result = streamText(asked(toolbox));
      let text = '';
      for await (const piece of result.textStream) text += piece;
      toolbox.expectLoop(text);
    });

    it('continues a conversation whose messages it only refers to', async () => {
      const first = await generateText({ ...base(), prompt: 'sim:say(Hello)' });
      const messages: ModelMessage[] = [
        { role: 'user', content: 'sim:say(Hello)' },
        ...first.response.messages,
        { role: 'user', content: 'And now? sim:say(Bye)' },
      ];
      const second = await generateText({ ...base(), messages });
      expect(second.text).to.equal('Bye');
      const { input } = second.request.body as Json;
      expect(input.filter(({ type }: Json) => type === 'item_reference')).to.have.length.above(0);
      const asked: Json = rig.simulator.requests.at(-1)?.body;
      expect(JSON.stringify(asked.messages)).to.contain('Hello').and.to.contain('Bye');
    });

    it('is told which message is not kept when it refers to one', async () => {
      const input: ModelMessage[] = [
        { role: 'user', content: 'sim:say(Hello)' },
        {
          role: 'assistant',
          content: [
            {
              type: 'text',
              text: 'Hello',
              providerOptions: { openai: { itemId: `msg_${'0'.repeat(32)}0` } },
            },
          ],
        },
        { role: 'user', content: 'And now? sim:say(Bye)' },
      ];
      const error: Json = await generateText({ ...base(), messages: input }).catch(
        (thrown: unknown) => thrown,
      );
      expect(error.statusCode).to.equal(404);
      expect(error.message).to.match(/^input\[\d\]: item "msg_0+" is not kept for this key/);
    });

    it('gets an object that fits a schema', async () => {
      const Plan = z.object({ city: z.string(), days: z.number().int().min(3) });
      const { output } = await generateText({
        ...base(),
        prompt: 'Plan a trip.',
        output: Output.object({ schema: Plan }),
      });
      expect(output).to.deep.equal({ city: 'Oslo 奥斯陆', days: 3 });
    });

    it('calls a custom tool with its text, whole and streamed', async () => {
      const given: unknown[] = [];
      const patch = openai().tools.customTool({
        name: 'apply_patch',
        description: 'Edits files.',
        format: { type: 'grammar', syntax: 'lark', definition: 'start: /.+/' },
        execute: async (input: string) => {
          given.push(input);
          return 'patched';
        },
      } as Json);
      const question: Json = {
        ...base(),
        prompt: 'Go. sim:tools',
        tools: { apply_patch: patch },
        // It refers to such a call as to a message otherwise.
        providerOptions: { openai: { store: false } },
      };
      const { text } = await generateText(question);
      expect(text).to.contain('“patched”');
      const stream = streamText(question);
      await stream.consumeStream();
      expect(await stream.text).to.equal(text);
      expect(given).to.deep.equal(['Oslo 奥斯陆', 'Oslo 奥斯陆']);
    });

    it('runs the shells and patches of OpenAI’s own tools on its own machine', async () => {
      const given: Json[] = [];
      const execute = (output: unknown) => async (input: Json) => {
        given.push(input);
        return output;
      };
      const { tools } = openai();
      const outcome = { type: 'exit', exitCode: 0 };
      const question: Json = {
        ...base(),
        prompt: 'Go. sim:tools',
        tools: {
          shell: tools.shell({
            execute: execute({ output: [{ stdout: 'seen', stderr: '', outcome }] }),
          } as Json),
          local_shell: tools.localShell({ execute: execute({ output: 'heard' }) } as Json),
          apply_patch: tools.applyPatch({
            execute: execute({ status: 'completed', output: 'patched' }),
          } as Json),
        },
        providerOptions: { openai: { store: false } },
      };
      for (const ask of [generateText, streamText]) {
        given.length = 0;
        const result = ask(question);
        if ('consumeStream' in result) await result.consumeStream();
        const text = await ('text' in result ? result.text : result.then((whole) => whole.text));
        expect(given).to.have.length(3);
        expect(given[0].action.commands).to.deep.equal(['Oslo 奥斯陆']);
        expect(given[1].action.command).to.deep.equal(['Oslo 奥斯陆']);
        expect(given[2].operation).to.deep.equal({ type: 'create_file', path: 'Oslo 奥斯陆', diff: '' });
        for (const word of ['seen', 'heard', 'patched']) expect(text).to.contain(word);
      }
    });

    it('sends thinking back with tool results when nothing is kept', async () => {
      const toolbox = new Toolbox();
      const { steps } = await generateText({
        ...asked(toolbox),
        providerOptions: { openai: { store: false } },
      });
      const [first] = steps;
      const { input }: Json = steps.at(-1)?.request.body ?? expect.fail();
      expect(input.find(({ type }: Json) => type === 'reasoning').summary[0].text).to.equal(
        first?.reasoningText,
      );
      if (form !== 'zai') return;
      const { messages }: Json = rig.upstreamChats.at(-1)?.body ?? expect.fail();
      const thoughts = messages.flatMap((message: Json) => message.reasoning_content ?? []);
      expect(thoughts[0]).to.equal(first?.reasoningText);
    });
  });
}
