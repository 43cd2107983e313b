/** Two gateways that share one redis-server: what one keeps, the other knows. */
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, type ModelMessage, stepCountIs, tool } from 'ai';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import OpenAI from 'openai';
import { DESCRIPTIONS, Toolbox, WEATHER } from '../e2e/tools.js';
import { type Json, KEY, Rig } from '../support/gateway.js';
import { needs, type RedisServer, startRedis } from '../support/redis.js';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

describe('Kept responses of replicas that share Redis', () => {
  let redis: RedisServer;
  let rigs: Rig[] = [];

  before(async function () {
    needs(this, 'redis-server');
    redis = await startRedis();
  });
  after(() => redis?.stop());
  beforeEach(async () => {
    rigs = await Promise.all([startReplica(), startReplica()]);
  });
  afterEach(async () => {
    await Promise.all(rigs.map((rig) => rig.stop()));
    rigs = [];
  });

  const startReplica = () =>
    new Rig().start({ form: 'zai', env: { REDIS_URL: redis.url, ENABLE_THINKING: 'true' } });
  const rigOf = (turn: number) => rigs[turn % rigs.length] as Rig;
  const responsesOf = (turn: number, apiKey = KEY) =>
    new OpenAI({ baseURL: `${rigOf(turn).url}/v1`, apiKey, maxRetries: 0 }).responses;
  const modelOf = (turn: number) =>
    createOpenAI({ baseURL: `${rigOf(turn).url}/v1`, apiKey: KEY })('GLM-4.5');

  it('are continued by any replica, also after each was replaced', async () => {
    let previous: string | null = null;
    for (let turn = 0; turn < 6; turn += 1) {
      if (turn >= 2 && turn < 4) {
        await rigOf(turn).stop();
        rigs[turn % 2] = await startReplica();
      }
      const { id }: Json = await responsesOf(turn).create({
        model: 'GLM-4.5',
        input: `sim:say(answer ${turn})`,
        previous_response_id: previous,
        stream: false,
      });
      previous = id;
    }
    const body: Json = rigOf(5).simulator.requests.at(-1)?.body;
    expect(body.messages.map(({ content }: Json) => content)).to.deep.equal(
      [0, 1, 2, 3, 4]
        .flatMap((turn) => [`sim:say(answer ${turn})`, `answer ${turn}`])
        .concat('sim:say(answer 5)'),
    );
  });

  it('serve the AI SDK’s default provider, whose turns and tool calls alternate between replicas', async () => {
    const first = await generateText({ model: modelOf(0), maxRetries: 0, prompt: 'sim:say(Hello)' });
    const messages: ModelMessage[] = [
      { role: 'user', content: 'sim:say(Hello)' },
      ...first.response.messages,
      { role: 'user', content: 'And now? sim:say(Bye)' },
    ];
    const second = await generateText({ model: modelOf(1), maxRetries: 0, messages });
    expect(second.text).to.equal('Bye');
    const toolbox = new Toolbox();
    const looked = await generateText({
      model: modelOf(0),
      maxRetries: 0,
      prompt: 'What now? sim:tools',
      stopWhen: stepCountIs(4),
      prepareStep: ({ stepNumber }) => ({ model: modelOf(stepNumber) }),
      tools: {
        get_weather: tool({
          description: DESCRIPTIONS.get_weather,
          inputSchema: WEATHER,
          execute: async (given) => toolbox.get_weather(given),
        }),
      },
    });
    expect(looked.steps.map(({ finishReason }) => finishReason)).to.deep.equal(['tool-calls', 'stop']);
    const asked: Json = rigOf(1).simulator.requests.at(-1)?.body;
    const assistant = asked.messages.find(({ role }: Json) => role === 'assistant');
    expect(assistant.reasoning_content).to.be.a('string').and.not.equal('');
  });

  it('are unreadable in Redis, and not found after the API key was changed', async () => {
    const canary = 'canary-3c9e';
    const { id }: Json = await responsesOf(0).create({
      model: 'GLM-4.5',
      input: `${canary} sim:say(${canary} answer)`,
      metadata: { secret: canary },
    });
    const client = new Redis(redis.url);
    try {
      const keys = await client.keys('*{kept}:entry:*');
      expect(keys).to.have.length.above(0);
      const all: Buffer[] = [];
      for (const key of await client.keys('*')) {
        const dump = await client.dumpBuffer(key);
        if (dump !== null) all.push(Buffer.from(key), dump);
      }
      expect(Buffer.concat(all).includes(canary)).to.equal(false);
      expect(Buffer.concat(all).includes(KEY)).to.equal(false);
      for (const key of await client.keys('*{kept}*')) expect(await client.pttl(key), key).to.be.above(0);
    } finally {
      client.disconnect();
    }
    await rigOf(1).stop();
    rigs[1] = await new Rig().start({
      form: 'zai',
      env: { REDIS_URL: redis.url, DEFAULT_KEY: 'the-changed-key' },
    });
    const error: Json = await responsesOf(1, 'the-changed-key')
      .retrieve(id)
      .catch((thrown: unknown) => thrown);
    expect(error.status).to.equal(404);
    expect((await responsesOf(0).retrieve(id)).output_text).to.equal(`${canary} answer`);
  });

  it('are not lost but unavailable (503) while Redis is down', async () => {
    const response: Json = await responsesOf(0).create({ model: 'GLM-4.5', input: 'sim:say(kept)' });
    expect(response.store).to.equal(true);
    await redis.stop();
    try {
      const unkept: Json = await responsesOf(0).create({ model: 'GLM-4.5', input: 'sim:say(unkept)' });
      expect([unkept.store, unkept.output_text]).to.deep.equal([false, 'unkept']);
      const error: Json = await responsesOf(1)
        .retrieve(response.id)
        .catch((thrown: unknown) => thrown);
      expect([error.status, error.code, error.headers.get('retry-after')]).to.deep.equal([
        503,
        'store_unavailable',
        '1',
      ]);
    } finally {
      redis = await startRedis();
    }
  });
});
