import { expect } from 'chai';
import fc from 'fast-check';
import { EXPECTED, rawS11, rawS12, SEQUENCES } from '../../../src/simulator/sequences.js';
import { type EventBody, readEvents } from '../../../src/upstream/read-events.js';
import { WebEventDecoder } from '../../../src/upstream/zai-web/event-decoder.js';
import { CUT_SIZES, cut, decoded, type Outcome, outcomeOf, sse, webEvent } from '../support.js';

type Name = keyof typeof EXPECTED;

const BODIES = new Map<Name, Buffer>([
  ...Object.entries(SEQUENCES).map(([name, payloads]) => [name as Name, sse(payloads)] as const),
  ['S11', rawS11()],
  ['S12', Buffer.concat(rawS12())],
]);

const USAGE = { promptTokens: 14, completionTokens: 9, totalTokens: 23 };

/** How each sequence ends: with `stop`, or with the error of this code. */
const ENDS: Record<Name, string> = {
  S1: 'stop',
  S2: 'stop',
  S3: 'stop',
  S4: 'stop',
  S5: 'upstream_empty',
  'S6-F1': 'upstream_error',
  'S6-F2': 'upstream_error',
  'S6-F3': 'upstream_error',
  'S6-F4': 'upstream_error',
  'S6-F5': 'upstream_refused',
  S7: 'upstream_busy',
  S8: 'stop',
  S9: 'stop',
  S10: 'stop',
  S11: 'upstream_truncated',
  S12: 'stop',
  S13: 'upstream_truncated',
  S14: 'upstream_empty',
};

function run(reads: readonly Uint8Array[]): Promise<Outcome> {
  return outcomeOf(decoded(new WebEventDecoder(), reads));
}

/** Decodes the `data` of events that a done event follows. */
function answer(...events: object[]): Promise<Outcome> {
  return run([sse([...events.map(webEvent), webEvent({ done: true, phase: 'done' })])]);
}

describe('WebEventDecoder', () => {
  describe('sequences that were seen on the web chat', () => {
    for (const [name, body] of BODIES) {
      // Byte by byte through 200 KB shows nothing that the other sizes do not.
      const sizes = name === 'S12' ? [61, 16_384, Number.POSITIVE_INFINITY] : CUT_SIZES;
      for (const size of sizes) {
        it(`${name} is decoded as expected when cut every ${size} bytes`, async () => {
          const { reasoning, text, finish, error } = await run(cut(body, size));
          expect({ reasoning, content: text }).to.deep.equal(EXPECTED[name]);
          expect(finish ?? error?.code).to.equal(ENDS[name]);
        });
      }
    }

    it('S12 survives the network writes it is made of', async () => {
      const { reasoning, text } = await run(rawS12());
      expect({ reasoning, content: text }).to.deep.equal(EXPECTED.S12);
    });

    for (const name of ['S1', 'S2', 'S3', 'S4', 'S8', 'S9'] as const) {
      it(`${name} tells its usage`, async () => {
        const { usage } = await run([sse(SEQUENCES[name])]);
        expect(usage).to.include(USAGE);
        expect(usage?.cachedTokens).to.equal(0);
      });
    }

    it('gives the same answer for any cut of any sequence', async () => {
      const names = [...BODIES.keys()].filter((name) => name !== 'S12');
      const whole = new Map<Name, Outcome>();
      for (const name of names) whole.set(name, await run([BODIES.get(name) ?? Buffer.alloc(0)]));
      const cutting = fc.tuple(
        fc.constantFrom(...names),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true })),
      );
      await fc.assert(
        fc.asyncProperty(cutting, async ([name, places]) => {
          const body = BODIES.get(name) ?? Buffer.alloc(0);
          const ends = [...places.map((place) => Math.floor(place * body.length)), body.length].sort(
            (a, b) => a - b,
          );
          const outcome = await run(ends.map((end, i) => body.subarray(ends[i - 1] ?? 0, end)));
          const { error, ...rest } = whole.get(name) as Outcome;
          expect(outcome).to.deep.include(rest);
          expect(outcome.error?.message).to.equal(error?.message);
        }),
        { numRuns: 200 },
      );
    });
  });

  describe('errors', () => {
    const detail = { detail: 'Nobody is home' };
    const places: Record<string, (error: unknown) => object> = {
      'on the event': (error) => ({ type: 'chat:completion', error }),
      'in its data': (error) => ({ data: { error, done: true } }),
      'in the data of its data': (error) => ({ data: { data: { error, done: true }, done: true } }),
    };
    const codes: [code: unknown, expected: { status: number; code: string; retriable: boolean }][] = [
      [500, { status: 502, code: 'upstream_error', retriable: true }],
      ['500', { status: 502, code: 'upstream_error', retriable: true }],
      ['INTERNAL_ERROR', { status: 502, code: 'upstream_error', retriable: true }],
      ['NEVER_HEARD_OF', { status: 502, code: 'upstream_error', retriable: true }],
      [undefined, { status: 502, code: 'upstream_error', retriable: true }],
      [503, { status: 503, code: 'upstream_error', retriable: true }],
      [429, { status: 429, code: 'upstream_busy', retriable: true }],
      ['429', { status: 429, code: 'upstream_busy', retriable: true }],
      [401, { status: 502, code: 'upstream_unauthorized', retriable: false }],
      [400, { status: 400, code: 'upstream_bad_request', retriable: false }],
      [403, { status: 502, code: 'upstream_refused', retriable: false }],
      [426, { status: 502, code: 'upstream_refused', retriable: false }],
      ['426', { status: 502, code: 'upstream_refused', retriable: false }],
      ['FRONTEND_CAPTCHA_REQUIRED', { status: 502, code: 'upstream_refused', retriable: false }],
    ];
    for (const [place, wrap] of Object.entries(places)) {
      for (const [code, expected] of codes) {
        it(`${place} with the ${typeof code} code ${code} becomes ${expected.code}, though \`done\` is true`, async () => {
          const { error, finish } = await run([sse([JSON.stringify(wrap({ ...detail, code }))])]);
          expect(error).to.include(expected);
          expect(finish).to.equal(undefined);
        });
      }
    }

    it('of a bare text counts as well', async () => {
      const { error } = await run([sse([webEvent({ error: 'Nobody is home', done: true })])]);
      expect(error?.message).to.contain('Nobody is home');
    });

    it('that ask for a captcha by any member are refusals', async () => {
      const event = webEvent({ error: { detail: 'no', code: 400, captcha_error_type: 'missing_param' } });
      const { error } = await run([sse([event])]);
      expect(error).to.include({ outcome: 'upstream_refused', status: 502 });
      expect(error?.message).to.match(/captcha/);
    });

    it('come after the text of the same event and of the events before it', async () => {
      const reads = [
        sse([
          webEvent({ delta_content: 'one ', phase: 'answer' }),
          webEvent({ delta_content: 'two', phase: 'answer', error: { code: 500 } }),
          webEvent({ delta_content: 'three', phase: 'answer' }),
        ]),
      ];
      const { text, error } = await run(reads);
      expect(text).to.equal('one two');
      expect(error?.outcome).to.equal('upstream_error');
    });

    it('never quote a credential', async () => {
      const said = `Bearer abc.def eyJhbGciOi.eyJpZCI6.sig ${'0a'.repeat(16)}.Secret123456`;
      const { error } = await run([sse([webEvent({ error: { detail: said, code: 500 } })])]);
      expect(error?.message)
        .to.contain('[hidden]')
        .and.not.match(/abc\.def|eyJ|Secret/);
    });
  });

  describe('the end', () => {
    it('comes with [DONE] alone, too', async () => {
      const { text, finish } = await run([
        sse([webEvent({ delta_content: 'hi', phase: 'answer' }), '[DONE]']),
      ]);
      expect({ text, finish }).to.deep.equal({ text: 'hi', finish: 'stop' });
    });

    it('is what counts: nothing after it is shown, but its usage is taken from the same read', async () => {
      const { text, usage, finish } = await answer(
        { delta_content: 'all', phase: 'answer' },
        { done: true, usage: { prompt_tokens: 1, completion_tokens: 1 } },
        { delta_content: ' too late', phase: 'answer', usage: { prompt_tokens: 5, completion_tokens: 7 } },
        { edit_index: 0, edit_content: 'too late', phase: 'answer' },
      );
      expect({ text, finish }).to.deep.equal({ text: 'all', finish: 'stop' });
      expect(usage).to.include({ promptTokens: 5, completionTokens: 7, totalTokens: 12 });
    });

    it('ends the reading: the trailing reads are not waited for', async () => {
      const first = [sse([webEvent({ delta_content: 'hi', phase: 'answer' }), webEvent({ done: true })])];
      let kept = false;
      const body: EventBody = {
        read: () => first.shift() ?? expect.fail('read on after the end'),
        isOver: false,
        arrival: () => expect.fail('waited after the end'),
        pause: () => undefined,
        keep: () => {
          kept = true;
        },
        endWithin: () => undefined,
        close: () => undefined,
      };
      const { finish } = await outcomeOf((sink) => readEvents(body, new WebEventDecoder(), sink));
      expect(finish).to.equal('stop');
      expect(kept, 'the socket is kept').to.equal(true);
    });

    it('missing after text is upstream_truncated, after the text', async () => {
      const { text, error } = await run([sse([webEvent({ delta_content: 'half', phase: 'answer' })])]);
      expect(text).to.equal('half');
      expect(error).to.include({ code: 'upstream_truncated', outcome: 'upstream_truncated', status: 502 });
    });

    it('after an event that could not be read is upstream_truncated', async () => {
      const { error } = await run([sse(['{"type":"chat:comp', webEvent({ delta_content: 'x' }), '[DONE]'])]);
      expect(error?.code).to.equal('upstream_truncated');
    });

    it('without any text is upstream_empty', async () => {
      expect((await answer({ usage: { prompt_tokens: 3 } })).error?.code).to.equal('upstream_empty');
    });

    it('by length is told as length', async () => {
      const { finish } = await answer(
        { delta_content: 'cut', phase: 'answer' },
        { choices: [{ finish_reason: 'length' }], phase: 'answer' },
      );
      expect(finish).to.equal('length');
    });
  });

  describe('what is shown', () => {
    it('is decided by the last phase that was told', async () => {
      const { text, reasoning } = await answer(
        { delta_content: '> why', phase: 'thinking' },
        { delta_content: ' not' },
        { delta_content: 'because', phase: 'answer' },
        { delta_content: ' it is' },
      );
      expect({ text, reasoning }).to.deep.equal({ text: 'because it is', reasoning: 'why not' });
    });

    it('leaves unknown phases out', async () => {
      const { text } = await answer(
        { delta_content: 'searching the web', phase: 'search' },
        { delta_content: 'found', phase: 'answer' },
      );
      expect(text).to.equal('found');
    });

    it('survives members of unexpected types', async () => {
      const { text, usage } = await answer(
        { delta_content: 7, phase: 'answer' },
        { edit_index: '3', edit_content: 'no', phase: 'answer' },
        { edit_index: 0, edit_content: null, phase: 4, usage: 'many', choices: 'none', data: [] },
        { delta_content: 'ok', phase: 'answer', usage: { prompt_tokens: -1, completion_tokens: 2.5 } },
      );
      expect(text).to.equal('ok');
      expect(usage).to.include({ promptTokens: 0, completionTokens: 2, totalTokens: 2 });
    });
  });
});
