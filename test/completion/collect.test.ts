import { expect } from 'chai';
import { collect } from '../../src/completion/collect.js';
import { UpstreamError } from '../../src/errors.js';
import { finish, reads, text, thought, USAGE, usage } from './events.js';

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
      usage: undefined,
      reason: 'stop',
    });
  });

  it('keeps the last usage and the reason', async () => {
    const first = usage({ promptTokens: 1, completionTokens: 1, totalTokens: 2 });
    const answer = await collect(reads([first, text('a')], [usage(), finish('length')]));
    expect(answer).to.include({ usage: USAGE, reason: 'length' });
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
  });
});
