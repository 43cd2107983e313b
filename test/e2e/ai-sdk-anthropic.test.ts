import { createAnthropic } from '@ai-sdk/anthropic';
import { APICallError, generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { expect } from 'chai';
import { z } from 'zod';
import { KEY, useGateway } from '../support/gateway.js';

describe('The AI SDK by its Anthropic provider, unmodified', () => {
  const rig = useGateway({ form: 'self-hosted' });
  const model = () => createAnthropic({ baseURL: `${rig.url}/v1`, apiKey: KEY })('claude-x');
  const common = () => ({ model: model(), maxRetries: 0, maxOutputTokens: 1_000 });

  const upstreamMessages = () =>
    (rig.upstreamChats.at(-1) as { body: { messages: Record<string, unknown>[] } }).body.messages;

  it('generates a text, with its usage', async () => {
    const { text, finishReason, usage } = await generateText({ ...common(), prompt: 'sim:say(Hello 世界)' });
    expect(text).to.equal('Hello 世界');
    expect(finishReason).to.equal('stop');
    expect(usage.inputTokens).to.be.greaterThan(0);
    expect(usage.outputTokens).to.be.greaterThan(0);
  });

  it('streams a text, with the same usage', async () => {
    const result = streamText({ ...common(), prompt: 'sim:events=40' });
    const texts: string[] = [];
    for await (const text of result.textStream) texts.push(text);
    expect(texts).to.have.length(40);
    expect(texts.join('')).to.equal(' token'.repeat(40));
    expect(await result.finishReason).to.equal('stop');
    const { usage } = await generateText({ ...common(), prompt: 'sim:events=40' });
    expect((await result.usage).inputTokens).to.equal(usage.inputTokens);
  });

  /** A budget of 1,024 tokens is the lowest level. */
  const thinking = { anthropic: { thinking: { type: 'enabled', budgetTokens: 1_024 } } } as const;

  it('sees the thinking', async () => {
    const { reasoningText, text } = await generateText({
      ...common(),
      prompt: 'What is love?',
      providerOptions: thinking,
    });
    expect(reasoningText).to.equal('Simple enough.');
    expect(text).to.match(/^\*Simulated answer/);
  });

  for (const streamed of [false, true]) {
    it(`runs a loop of two tools, ${streamed ? 'streamed' : 'whole'}, and sends its thinking back`, async () => {
      const { tools, ran } = runnableTools();
      const options = {
        ...common(),
        tools,
        prompt: 'sim:tools Look and count',
        stopWhen: stepCountIs(5),
        providerOptions: thinking,
      };
      const before = rig.upstreamChats.length;
      const text = streamed ? await streamText(options).text : (await generateText(options)).text;
      expect(ran).to.deep.equal(['weather', 'count']);
      expect(text).to.contain('“sunny”').and.to.contain('“42”');
      expect(rig.upstreamChats.length - before).to.equal(3);
      const messages = upstreamMessages();
      expect(messages.map(({ role }) => role)).to.deep.equal([
        'user',
        'assistant',
        'tool',
        'assistant',
        'tool',
      ]);
      for (const message of messages.filter(({ role }) => role === 'assistant'))
        expect(message.reasoning_content).to.equal('Simple enough.');
    });
  }

  it('gets an object that fits a schema', async () => {
    const schema = z.object({ city: z.string(), degrees: z.int() });
    const { output } = await generateText({
      ...common(),
      prompt: 'How is the weather?',
      output: Output.object({ schema }),
    });
    expect(schema.parse(output)).to.deep.equal(output);
  });

  it('reports a failure before the first event', async () => {
    const error = await generateText({ ...common(), prompt: 'sim:status=429' }).then(
      () => expect.fail('it should have failed'),
      (thrown) => thrown,
    );
    expect(APICallError.isInstance(error)).to.equal(true);
    expect(error).to.include({ statusCode: 429 });
    expect(error.data.error.type).to.equal('rate_limit_error');
  });

  for (const mishap of ['sim:error-mid', 'sim:truncate', 'sim:cut']) {
    it(`reports ${mishap} after the first event, and no end of the answer`, async () => {
      const errors: unknown[] = [];
      const result = streamText({
        ...common(),
        prompt: mishap,
        onError: ({ error }) => {
          errors.push(error);
        },
      });
      const kinds: string[] = [];
      for await (const part of result.fullStream) kinds.push(part.type);
      expect(kinds).to.include('error').and.to.include('text-delta');
      expect(errors).to.have.length(1);
      expect(await result.finishReason).not.to.equal('stop');
    });
  }
});

function runnableTools() {
  const ran: string[] = [];
  const weather = tool({
    description: 'Looks out of the window',
    inputSchema: z.object({ city: z.string() }),
    execute: async () => {
      ran.push('weather');
      return 'sunny';
    },
  });
  const count = tool({
    description: 'Counts',
    inputSchema: z.object({}),
    execute: async () => {
      ran.push('count');
      return '42';
    },
  });
  return { tools: { weather, count }, ran };
}
