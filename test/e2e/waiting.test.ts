import { setTimeout as sleep } from 'node:timers/promises';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import Anthropic from '@anthropic-ai/sdk';
import { generateText, type LanguageModel, streamText } from 'ai';
import { expect } from 'chai';
import OpenAI from 'openai';
import { type Json, jsonOf, KEY, Rig } from '../support/gateway.js';
import { LimitedUpstream } from '../support/limited-upstream.js';
import { until } from '../support/redis.js';

/** Longer than a stream waits before it begins, so that comments and pings come before the answer. */
const HELD_MS = 13_000;
const MODEL = 'glm-4.6';
/** What the upstream answers. */
const ANSWER = 'done';

async function joined(texts: AsyncIterable<string>): Promise<string> {
  let all = '';
  for await (const text of texts) all += text;
  return all;
}

describe('A client that waits for a slot for more than ten seconds', () => {
  let upstream: LimitedUpstream;
  let rig: Rig;
  let first: Promise<Response>;
  const answers = new Map<string, Promise<{ text: string; afterMs: number }>>();

  before(async () => {
    upstream = await new LimitedUpstream(1).start();
    const env = { UPSTREAM_URL: upstream.url, UPSTREAM_PROTOCOL: 'openai', UPSTREAM_SLOTS: '1' };
    rig = await new Rig().start({ form: 'zai', env });
    first = rig.ask('held', { model: MODEL });
    await until(() => upstream.inFlight === 1);
    for (const [name, ask] of Object.entries(clients())) {
      const started = performance.now();
      const answer = ask().then((text) => ({ text, afterMs: performance.now() - started }));
      answer.catch(() => undefined);
      answers.set(name, answer);
    }
    await until(async () => {
      const { queue } = await jsonOf(await fetch(`${rig.url}/dashboard/stats`));
      return queue.groups.some(({ waiting }: Json) => waiting === answers.size);
    });
    await sleep(HELD_MS);
    upstream.release();
  });
  after(async () => {
    await rig?.stop();
    await upstream?.stop();
  });

  const question = 'ms=20';
  const clients = (): Record<string, () => Promise<string>> => {
    const openai = new OpenAI({ baseURL: `${rig.url}/v1`, apiKey: KEY, maxRetries: 0 });
    const anthropic = new Anthropic({ baseURL: rig.url, apiKey: KEY, maxRetries: 0 });
    const messages = [{ role: 'user' as const, content: question }];
    const asked = { model: MODEL, max_tokens: 100, messages };
    const whole = async (model: LanguageModel) =>
      (await generateText({ model, prompt: question, maxRetries: 0 })).text;
    const streamed = (model: LanguageModel) =>
      joined(streamText({ model, prompt: question, maxRetries: 0 }).textStream);
    const base = { baseURL: `${rig.url}/v1`, apiKey: KEY };
    const compatible = createOpenAICompatible({ ...base, name: 'zto' }).chatModel(MODEL);
    const responses = createOpenAI(base).responses(MODEL);
    const claude = createAnthropic(base)(MODEL);
    return {
      'OpenAI, whole': async () =>
        (await openai.chat.completions.create({ model: MODEL, messages })).choices[0]?.message.content ?? '',
      'OpenAI, streamed': async () => {
        const stream = openai.chat.completions.stream({ model: MODEL, messages });
        return (await stream.finalContent()) ?? '';
      },
      'OpenAI’s responses, whole': async () =>
        (await openai.responses.create({ model: MODEL, input: question })).output_text,
      'OpenAI’s responses, streamed': async () =>
        (await openai.responses.stream({ model: MODEL, input: question }).finalResponse()).output_text,
      'Anthropic, whole': async () => {
        const [block] = (await anthropic.messages.create(asked)).content;
        return block?.type === 'text' ? block.text : '';
      },
      'Anthropic, streamed': () => anthropic.messages.stream(asked).finalText(),
      'AI SDK, whole': () => whole(compatible),
      'AI SDK, streamed': () => streamed(compatible),
      'AI SDK with OpenAI’s responses, whole': () => whole(responses),
      'AI SDK with OpenAI’s responses, streamed': () => streamed(responses),
      'AI SDK with Anthropic’s messages, whole': () => whole(claude),
      'AI SDK with Anthropic’s messages, streamed': () => streamed(claude),
    };
  };

  for (const name of [
    'OpenAI, whole',
    'OpenAI, streamed',
    'OpenAI’s responses, whole',
    'OpenAI’s responses, streamed',
    'Anthropic, whole',
    'Anthropic, streamed',
    'AI SDK, whole',
    'AI SDK, streamed',
    'AI SDK with OpenAI’s responses, whole',
    'AI SDK with OpenAI’s responses, streamed',
    'AI SDK with Anthropic’s messages, whole',
    'AI SDK with Anthropic’s messages, streamed',
  ]) {
    it(`gets its answer: ${name}`, async () => {
      const answer = (await answers.get(name)) ?? expect.fail('there is no such client');
      expect(answer.text).to.equal(ANSWER);
      expect(answer.afterMs).to.be.at.least(HELD_MS - 1_000);
    });
  }

  it('is asked for once, and nobody else fails', async () => {
    expect((await first).status).to.equal(200);
    await Promise.all(answers.values());
    expect(upstream.calls).to.equal(answers.size + 1);
    const waited = rig.records.filter(({ queueMs = 0 }) => queueMs > HELD_MS - 1_000);
    expect(waited).to.have.length(answers.size);
  });
});
