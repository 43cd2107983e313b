import { expect } from 'chai';
import OpenAI from 'openai';
import type { Completion } from 'openai/resources';
import { UPSTREAM_FORMS, useGateway } from '../support/gateway.js';

const asked = (prompt: string, fields: object = {}) => ({ model: 'GLM-4.5', prompt, ...fields });

for (const form of UPSTREAM_FORMS) {
  describe(`Legacy completions, with the upstream form ${form}`, () => {
    const rig = useGateway({ form, env: { ENABLE_THINKING: 'true', THINKING_OUTPUT: 'think' } });

    it('complete a text', async () => {
      const answer = await rig.sdk().completions.create(asked('sim:say(Hello, 世界 🙂)'));
      expect(answer.object).to.equal('text_completion');
      expect(answer.choices).to.deep.equal([
        { index: 0, text: 'Hello, 世界 🙂', logprobs: null, finish_reason: 'stop' },
      ]);
      expect(answer.usage?.completion_tokens).to.be.greaterThan(0);
    });

    it('complete the same streamed, with usage if requested', async () => {
      const chunks: Completion[] = [];
      const options = { stream: true, stream_options: { include_usage: true } } as const;
      for await (const chunk of await rig
        .sdk()
        .completions.create({ ...asked('sim:events=5'), ...options })) {
        chunks.push(chunk);
      }
      expect(chunks.map(({ choices }) => choices[0]?.text ?? '').join('')).to.equal(' token'.repeat(5));
      expect(chunks.at(-2)?.choices[0]?.finish_reason).to.equal('stop');
      expect(chunks.at(-1)?.usage?.completion_tokens).to.be.greaterThan(0);
    });

    it('neither think nor show thinking, whatever the gateway’s default', async () => {
      const [plain, thoughtful] = await Promise.all(
        [{}, { enable_thinking: true }].map((fields) =>
          rig.sdk().completions.create(asked('What is love?', fields)),
        ),
      );
      expect(plain?.choices[0]?.text).to.match(/^\*Simulated answer/);
      expect(thoughtful?.choices[0]?.text).to.equal(plain?.choices[0]?.text);
    });

    it('end at their stop text, and begin with the prompt if `echo` is set', async () => {
      const fields = { stop: ' thr', echo: true };
      const answer = await rig.sdk().completions.create(asked('sim:say(one two three)', fields));
      expect(answer.choices[0]?.text).to.equal('sim:say(one two three)one two');
    });

    it('report failures before and after the first event', async () => {
      const refused = await failure(rig.sdk().completions.create(asked('x', { suffix: 'y' })));
      expect(refused).to.be.instanceOf(OpenAI.BadRequestError).and.to.include({ param: 'suffix' });
      const texts: string[] = [];
      const broken = await failure(
        (async () => {
          const stream = await rig.sdk().completions.create({ ...asked('sim:error-mid'), stream: true });
          for await (const { choices } of stream) texts.push(choices[0]?.text ?? '');
        })(),
      );
      expect(texts.join('')).to.match(/^\*Sim/);
      expect(broken).to.be.instanceOf(OpenAI.APIError);
      const record = await rig.record(
        ({ path, outcome }) => path === '/v1/completions' && outcome !== 'ok' && outcome !== 'caller_error',
      );
      expect(record.streamed).to.equal(true);
    });
  });
}

async function failure(promise: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  return promise.then(
    () => expect.fail('it should have failed'),
    (error) => error,
  );
}
