import { expect } from 'chai';
import { MODELS } from '../../src/upstream/models.js';
import { askOpenAi, eventsOf, type Json, textOf, useSimulator } from './client.js';

const idsOf = async (response: Response): Promise<string[]> =>
  ((await response.json()) as Json).data.map(({ id }: Json) => id);
const errorOf = async (response: Response) => ((await response.json()) as Json).error;

describe('the models of the simulated official API', () => {
  const simulator = useSimulator();
  const base = () => `${simulator().url}/api/paas/v4`;

  it('all answer, and a part of them is listed', async () => {
    const listed = await idsOf(await fetch(`${base()}/models`));
    const ids = MODELS.flatMap(({ api }) => api ?? []);
    expect(ids).to.include.members(listed);
    expect(listed).to.include.members(['glm-5.3', 'glm-5.2', 'glm-4.5']);
    expect(listed).not.to.include.members(['glm-5.4']).and.not.to.include('glm-4.5-flash');
    for (const model of ids) {
      expect((await askOpenAi(base(), 'hi', { model })).status, model).to.equal(200);
    }
  });

  it('refuse a prompt that is longer than their context', async () => {
    const ask = (model: string) => askOpenAi(base(), 'word '.repeat(60_000), { model });
    expect((await errorOf(await ask('glm-4.5v'))).code).to.equal('1261');
    expect((await ask('glm-5.3')).status).to.equal(200);
  });

  it('read images or refuse them, as the model can', async () => {
    const content = [{ type: 'image_url', image_url: { url: 'data:,x' } }];
    const show = (model: string) => askOpenAi(base(), '', { model, messages: [{ role: 'user', content }] });
    expect((await show('glm-5.3-flash')).status).to.equal(200);
    const refused = await show('glm-5.3');
    expect(refused.status).to.equal(400);
    expect((await errorOf(refused)).message).to.equal('messages.content.type is illegal: image_url');
  });

  it('answer under another name when they are substituted', async () => {
    const streamed = await eventsOf(await askOpenAi(base(), 'sim:served=glm-5.3', { model: 'glm-5.1' }));
    expect(new Set(streamed.map(({ model }) => model))).to.deep.equal(new Set(['glm-5.3']));
    const whole = await askOpenAi(base(), 'sim:served=zai-org/GLM-5.3', { stream: false });
    expect(((await whole.json()) as Json).model).to.equal('zai-org/GLM-5.3');
  });
});

describe('the models of a simulated official API that is told its list', () => {
  const simulator = useSimulator({ listedModels: ['glm-5.3', 'glm-9'] });

  it('are listed as told, whatever works', async () => {
    for (const path of ['/api/paas/v4', '/api/coding/paas/v4']) {
      expect(await idsOf(await fetch(`${simulator().url}${path}/models`))).to.deep.equal([
        'glm-5.3',
        'glm-9',
      ]);
      expect((await askOpenAi(`${simulator().url}${path}`, 'hi', { model: 'glm-4.7' })).status).to.equal(200);
    }
  });
});

describe('the thinking of the simulated official API', () => {
  const simulator = useSimulator();
  const ask = (fields: object, plan = '') =>
    askOpenAi(`${simulator().url}/api${plan}/paas/v4`, 'Why is the sky blue?', { ...fields });
  const thought = async (fields: object, plan = '') => {
    const response = await ask(fields, plan);
    expect(response.status, JSON.stringify(fields)).to.equal(200);
    return textOf(await eventsOf(response), 'reasoning_content')
      .split(/\s+/)
      .filter(Boolean).length;
  };
  const off = { thinking: { type: 'disabled' } };

  it('is switched on and off by thinking.type up to GLM-5.1', async () => {
    expect(await thought({ model: 'glm-5.1' })).to.be.greaterThan(10);
    expect(await thought({ model: 'glm-5.1', thinking: { type: 'enabled' } })).to.be.greaterThan(10);
    expect(await thought({ model: 'glm-5.1', ...off })).to.equal(0);
    expect(await thought({ model: 'glm-4-32b-0414-128k', thinking: { type: 'enabled' } })).to.equal(0);
  });

  it('grows with the level, and is longest where none is given', async () => {
    const of = (reasoning_effort?: string) => thought({ model: 'glm-5.3', reasoning_effort });
    const [low, high, max, unsaid] = [await of('low'), await of('high'), await of('max'), await of()];
    expect(low).to.be.within(1, 5);
    expect(high).to.be.greaterThan(low * 5);
    expect(max).to.be.greaterThan(high * 5);
    expect(unsaid).to.equal(max);
    expect(await thought({ model: 'glm-5.2', reasoning_effort: 'none' })).to.equal(0);
  });

  it('is refused with the name of the field where the model does not have it', async () => {
    for (const [fields, field] of [
      [{ model: 'glm-5.2', reasoning_effort: 'low' }, 'reasoning_effort'],
      [{ model: 'glm-5.3', ...off }, 'thinking.type'],
      [{ model: 'glm-4.6', thinking: { type: 'enabled', clear_thinking: 'no' } }, 'thinking.clear_thinking'],
    ] as const) {
      const response = await ask(fields);
      expect(response.status).to.equal(400);
      const { code, message } = await errorOf(response);
      expect(code).to.equal('1210');
      expect(message).to.match(new RegExp(`^${field}\\b`));
    }
  });

  it('takes all seven levels and `disabled` on the base of the coding plan, but cannot be off', async () => {
    for (const reasoning_effort of ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']) {
      expect(await thought({ model: 'glm-5.3', reasoning_effort }, '/coding')).to.be.greaterThan(0);
    }
    expect(await thought({ model: 'glm-5.3', ...off }, '/coding')).to.be.within(1, 5);
    expect((await ask({ model: 'glm-5.3', reasoning_effort: 'hard' }, '/coding')).status).to.equal(400);
  });

  it('of earlier turns is known to the model only where clear_thinking is false', async () => {
    const messages = [
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 'two', reasoning_content: 'first thought' },
      { role: 'user', content: 'sim:recall' },
      { role: 'assistant', content: null, reasoning_content: 'second thought', tool_calls: [{ id: 'a' }] },
      { role: 'tool', tool_call_id: 'a', content: 'three' },
    ];
    const said = async (thinking: object) =>
      textOf(await eventsOf(await ask({ model: 'glm-5.3', messages, thinking })), 'content');
    expect(await said({ type: 'enabled' })).to.equal('I recall: second thought');
    expect(await said({ type: 'enabled', clear_thinking: true })).to.equal('I recall: second thought');
    expect(await said({ type: 'enabled', clear_thinking: false })).to.equal(
      'I recall: first thought | second thought',
    );
  });
});
