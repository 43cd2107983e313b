import { expect } from 'chai';
import { askOpenAi, eventsOf, type Json, payloads, textOf, useSimulator } from './client.js';

describe('the simulated API of Z.ai', () => {
  const simulator = useSimulator();
  const base = () => `${simulator().url}/api/paas/v4`;

  it('streams thinking, then the answer, then one chunk with reason and usage, then [DONE]', async () => {
    const response = await askOpenAi(base(), 'hello', { stream_options: { include_usage: true } });
    const lines = payloads(await response.text());
    expect(lines.pop()).to.equal('[DONE]');
    const chunks: Json[] = lines.map((line) => JSON.parse(line));
    const last = chunks.pop();
    expect(textOf(chunks, 'reasoning_content')).to.match(/🙂$/);
    expect(textOf(chunks, 'content')).to.match(/^\*Simulated answer\*/);
    for (const chunk of chunks) {
      expect(chunk).not.to.have.property('object');
      expect(chunk.choices[0]).not.to.have.property('finish_reason');
      expect(chunk.choices[0].delta.role).to.equal('assistant');
    }
    expect(last.choices[0]).to.deep.include({
      finish_reason: 'stop',
      delta: { role: 'assistant', content: '' },
    });
    expect(last.usage.completion_tokens).to.equal(chunks.length);
    expect(last.usage.total_tokens).to.equal(last.usage.prompt_tokens + chunks.length);
  });

  it('answers one JSON object when no stream is asked for', async () => {
    const answer = (await (await askOpenAi(base(), 'sim:say(yes)', { stream: false })).json()) as Json;
    expect(answer).not.to.have.property('object');
    expect(answer).to.have.property('request_id');
    expect(answer.choices[0]).to.deep.equal({
      index: 0,
      message: { role: 'assistant', content: 'yes' },
      finish_reason: 'stop',
    });
  });

  it('tells with `length` that max_tokens ended the answer', async () => {
    const chunks = await eventsOf(await askOpenAi(base(), 'sim:say(a b c)', { max_tokens: 2 }));
    expect(textOf(chunks, 'content')).to.equal('a b');
    expect(chunks.at(-1).choices[0].finish_reason).to.equal('length');
  });

  const user = { role: 'user', content: 'hi' };
  const refusals: [string, Json, string][] = [
    ['role developer', { messages: [{ role: 'developer', content: 'be brief' }, user] }, '1214'],
    ['a temperature above 1', { temperature: 1.5 }, '1210'],
    ['an unknown model', { model: 'gpt-4o' }, '1211'],
  ];
  it('refuses what Z.ai refuses, with its code', async () => {
    for (const [what, body, code] of refusals) {
      const response = await askOpenAi(base(), 'hi', body);
      expect(response.status, what).to.equal(400);
      expect(((await response.json()) as Json).error.code, what).to.equal(code);
    }
  });

  it('obeys a word in the name of the model', async () => {
    const response = await askOpenAi(base(), 'hi', { model: 'glm-4.6 sim:code=1113' });
    expect(response.status).to.equal(429);
    expect(((await response.json()) as Json).error.code).to.equal('1113');
  });

  it('ends as the scenario says', async () => {
    const finish = await eventsOf(await askOpenAi(base(), 'sim:finish=sensitive sim:no-usage'));
    expect(finish.at(-1).choices[0].finish_reason).to.equal('sensitive');
    expect(finish.at(-1)).not.to.have.property('usage');
    const noDone = await (await askOpenAi(base(), 'sim:no-done')).text();
    expect(noDone).not.to.contain('[DONE]');
    const joined = await eventsOf(await askOpenAi(base(), 'sim:done-with-content sim:say(all of it)'));
    expect(joined.at(-1).choices[0].delta.content).to.equal(' it');
  });
});

describe('the simulated API with a key', () => {
  const simulator = useSimulator({ apiKey: 'secret' });

  it('wants exactly this Bearer', async () => {
    const base = `${simulator().url}/api/coding/paas/v4`;
    const ask = (headers: Record<string, string>) => askOpenAi(base, 'hi', { headers });
    expect((await ask({ authorization: 'Bearer secret' })).status).to.equal(200);
    const wrong = await ask({ authorization: 'Bearer secret2' });
    expect(wrong.status).to.equal(401);
    expect(((await wrong.json()) as Json).error.code).to.equal('1000');
    expect(((await (await ask({})).json()) as Json).error.code).to.equal('1001');
    expect((await askOpenAi(`${simulator().url}/v1`, 'hi')).status).to.equal(401);
  });
});

describe('the simulated self-hosted GLM', () => {
  const simulator = useSimulator();
  const base = () => `${simulator().url}/v1`;

  it('streams as vLLM does, and counts tokens in a chunk of their own only when asked', async () => {
    const quiet = await eventsOf(await askOpenAi(base(), 'hello'));
    const counting = await eventsOf(
      await askOpenAi(base(), 'hello', { stream_options: { include_usage: true } }),
    );
    expect(quiet.every((chunk) => chunk.object === 'chat.completion.chunk')).to.equal(true);
    expect(quiet[0].choices[0].delta).to.deep.equal({ role: 'assistant', content: '' });
    expect(quiet.at(-1).choices[0].finish_reason).to.equal('stop');
    expect(quiet.some((chunk) => 'usage' in chunk)).to.equal(false);
    expect(counting.at(-1).choices).to.deep.equal([]);
    expect(counting.at(-1).usage.completion_tokens).to.be.greaterThan(0);
  });

  it('thinks unless the chat template is told not to, in either field', async () => {
    const plain = await eventsOf(await askOpenAi(base(), 'hello'));
    const renamed = await eventsOf(await askOpenAi(base(), 'hello sim:reasoning-field'));
    const quiet = await eventsOf(
      await askOpenAi(base(), 'hello', { chat_template_kwargs: { enable_thinking: false } }),
    );
    expect(textOf(renamed, 'reasoning')).to.equal(textOf(plain, 'reasoning_content')).and.not.equal('');
    expect(textOf(quiet, 'reasoning_content')).to.equal('');
  });

  it('honours stop lists and knows only the models that it serves', async () => {
    const stopped = await eventsOf(
      await askOpenAi(base(), 'sim:say(one two three four)', { stop: ['four', ' three'] }),
    );
    expect(textOf(stopped, 'content')).to.equal('one two');
    expect((await askOpenAi(base(), 'hi', { model: 'glm-9' })).status).to.equal(404);
    const models = (await (await fetch(`${base()}/models`)).json()) as Json;
    expect(models.data.map(({ id }: Json) => id)).to.deep.equal(['glm-4.5', 'zai-org/GLM-4.6']);
    expect(models.data[0]).to.include({ owned_by: 'vllm', max_model_len: 131_072 });
  });
});
