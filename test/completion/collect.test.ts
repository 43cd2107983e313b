import { expect } from 'chai';
import { collect } from '../../src/completion/collect.js';
import { UpstreamError } from '../../src/vocabulary/errors.js';
import { call, callDelta, callEnd, callStart, finish, reads, text, thought, USAGE, usage } from './events.js';

describe('collect', () => {
  it('adds up text and reasoning over all reads', async () => {
    const answer = await collect(
      reads(
        [thought('Two '), thought('plus')],
        [],
        [thought(' two?'), text('It ')],
        [text('is 4.'), finish()],
      ),
    );
    expect(answer).to.deep.equal({
      text: 'It is 4.',
      reasoning: 'Two plus two?',
      toolCalls: [],
      usage: undefined,
      reason: 'stop',
    });
  });

  it('keeps the last usage and the reason', async () => {
    const first = usage({ promptTokens: 1, completionTokens: 1, totalTokens: 2 });
    const answer = await collect(reads([first, text('a')], [usage(), finish('length')]));
    expect(answer).to.include({ usage: USAGE, reason: 'length' });
  });

  it('keeps the stop text that ended the answer', async () => {
    expect(await collect(reads([text('a'), finish('stop', 'END')]))).to.include({ stopSequence: 'END' });
  });

  it('puts calls together, beside text that stood before them', async () => {
    const answer = await collect(
      reads(
        [text('Both.'), callStart(0, 'get_weather'), callDelta(0, '{"city":')],
        [callDelta(0, '"Oslo"}'), usage(), callEnd(0), ...call(1, 'get_time')],
        [finish('tool_calls')],
      ),
    );
    expect(answer).to.deep.equal({
      text: 'Both.',
      reasoning: '',
      toolCalls: [
        { id: 'call_0', name: 'get_weather', arguments: '{"city":"Oslo"}' },
        { id: 'call_1', name: 'get_time', arguments: '{}' },
      ],
      usage: USAGE,
      reason: 'tool_calls',
    });
  });

  it('passes on what is thrown, whatever came before it', async () => {
    const failure = new UpstreamError('it broke');
    async function* breaking() {
      yield [text('half')];
      throw failure;
    }
    expect(await collect(breaking()).catch((error: unknown) => error)).to.equal(failure);
  });

  it('refuses to take an answer without an end for a whole one', async () => {
    const error = await collect(reads([text('half')])).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(UpstreamError).and.include({ outcome: 'upstream_truncated', status: 502 });
    const half = [callStart(0, 'a'), callDelta(0, '{"half":')];
    expect(await collect(reads(half)).catch((thrown: unknown) => thrown)).to.be.instanceOf(UpstreamError);
  });
});
