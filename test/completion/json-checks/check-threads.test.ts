import { expect } from 'chai';
import { CheckThreads } from '../../../src/completion/json-checks/check-threads.js';
import { currentThread, threadCpuMs } from '../../../src/completion/json-checks/thread-cpu.js';
import { JsonReader } from '../../../src/completion/json-reader.js';
import type { JsonSchema, JsonSchemaFormat } from '../../../src/completion/request.js';
import { ApiError, BadRequestError } from '../../../src/vocabulary/errors.js';
import { skip } from '../../support/skip.js';

const PARAM = 'response_format.json_schema.schema';
const format = (schema: JsonSchema): JsonSchemaFormat => ({
  type: 'json_schema',
  name: 'x',
  schema,
  param: PARAM,
});
const NUMBER = format({ type: 'number' });
const ENDLESS_PATTERN = format({ type: 'string', pattern: '^(a+)+$' });
const ENDLESS_TEXT = JSON.stringify(`${'a'.repeat(60)}!`);

async function rejectionOf(work: Promise<unknown>): Promise<ApiError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(ApiError);
  return error as ApiError;
}

describe('CheckThreads', () => {
  const threads = new CheckThreads();
  after(() => threads.close());

  it('checks an answer against a schema', async () => {
    expect(await threads.run({ format: NUMBER, text: '5' })).to.deep.equal({ text: '5' });
    const { mismatch } = await threads.run({ format: NUMBER, text: '"5"' });
    expect(mismatch?.inSchema).to.equal('#/type: must be number');
  });

  it('repairs small mistakes if asked to', async () => {
    const object = format({ type: 'object' });
    expect(await threads.run({ format: object, text: "{'a': 1,}", mend: true })).to.deep.equal({
      text: '{"a": 1}',
    });
    expect((await threads.run({ format: object, text: "{'a': 1,}" })).mismatch?.inAnswer).to.contain('JSON');
  });

  const doubling = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => {
      const next = { $ref: `#/$defs/a${i + 1}` };
      return [`a${i}`, i === 39 ? { type: 'string' } : { anyOf: [next, next] }];
    }),
  );
  const hostile: [what: string, schema: JsonSchemaFormat, text: string][] = [
    ['a pattern that backtracks for ever', ENDLESS_PATTERN, ENDLESS_TEXT],
    ['references that double at every level', format({ $defs: doubling, $ref: '#/$defs/a0' }), '1'],
  ];
  for (const [what, schema, text] of hostile) {
    it(`ends ${what} with a 503 that does not blame the caller`, async () => {
      const error = await rejectionOf(threads.run({ format: schema, text }));
      expect(error).to.include({
        status: 503,
        code: 'check_timeout',
        outcome: 'gateway_error',
        shouldRetry: false,
      });
      expect(await threads.run({ format: NUMBER, text: '5' })).to.deep.equal({ text: '5' });
    });
  }

  it('does not block the event loop, and serves other jobs meanwhile', async () => {
    // Both threads are started, so that neither job waits for that.
    await Promise.all([1, 2].map((n) => threads.run({ format: NUMBER, text: `${n}` })));
    let turns = 0;
    const count = setInterval(() => {
      turns += 1;
    }, 10);
    const ended: string[] = [];
    const endless = rejectionOf(threads.run({ format: ENDLESS_PATTERN, text: ENDLESS_TEXT })).then(() =>
      ended.push('endless'),
    );
    await threads.run({ format: NUMBER, text: '5' });
    ended.push('number');
    await endless;
    clearInterval(count);
    expect(ended).to.deep.equal(['number', 'endless']);
    // Half a second of CPU time is as long or longer on the clock; a loop that was held has few turns in it.
    expect(turns).to.be.greaterThan(10);
  });

  it('takes many jobs at once and runs them in turn', async () => {
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, n) => threads.run({ format: NUMBER, text: `${n}` })),
    );
    expect(results.map(({ text }) => text)).to.deep.equal(Array.from({ length: 50 }, (_, n) => `${n}`));
  });

  it('knows the CPU time of a thread, on Linux', function () {
    if (process.platform !== 'linux') skip(this, 'not on Linux');
    const thread = currentThread() ?? expect.fail('no thread');
    const before = threadCpuMs(thread) ?? Number.NaN;
    for (const end = performance.now() + 60; performance.now() < end; );
    expect((threadCpuMs(thread) ?? Number.NaN) - before).to.be.within(0, 100);
    expect(threadCpuMs('0')).to.equal(undefined);
  });
});

describe('JsonReader', () => {
  const threads = new CheckThreads();
  after(() => threads.close());

  it('rejects an unusable schema with a 400 that names it', async () => {
    const error = await rejectionOf(JsonReader.open(format({ type: 'strnig' }), threads));
    expect(error).to.be.instanceOf(BadRequestError);
    expect(error).to.include({ status: 400, param: PARAM, code: 'invalid_value' });
    expect(error.message).to.match(/^response_format\.json_schema\.schema must be a JSON Schema .*strnig/);
  });

  it('checks JSON objects without a thread, and repairs them with one', async () => {
    const none = new CheckThreads();
    none.run = () => expect.fail('a thread was asked');
    const plain = await JsonReader.open({ type: 'json_object' }, none);
    expect(await plain.read('Here: {"a":1} so.')).to.deep.equal({ text: '{"a":1}' });
    expect((await plain.mismatch('[1]'))?.inAnswer).to.equal('it is no JSON object');
    const mending = await JsonReader.open({ type: 'json_object' }, threads);
    expect(await mending.read("{'a':1}")).to.deep.equal({ text: '{"a":1}' });
  });
});
