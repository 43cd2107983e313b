import { expect } from 'chai';
import { UpstreamError } from '../../src/vocabulary/errors.js';
import {
  call,
  callDelta,
  callEnd,
  callStart,
  collected,
  finish,
  text,
  thought,
  USAGE,
  usage,
} from './events.js';

describe('AnswerCollector', () => {
  it('joins text and reasoning of all reads', () => {
    const answer = collected(
      [thought('Two '), thought('plus')],
      [],
      [thought(' two?'), text('It ')],
      [text('is 4.'), finish()],
    );
    expect(answer).to.deep.equal({
      text: 'It is 4.',
      reasoning: 'Two plus two?',
      toolCalls: [],
      usage: undefined,
      reason: 'stop',
    });
  });

  it('keeps the last usage and the reason', () => {
    const first = usage({ promptTokens: 1, completionTokens: 1, totalTokens: 2 });
    const answer = collected([first, text('a')], [usage(), finish('length')]);
    expect(answer).to.include({ usage: USAGE, reason: 'length' });
  });

  it('keeps the stop text that ended the answer', () => {
    expect(collected([text('a'), finish('stop', 'END')])).to.include({ stopSequence: 'END' });
  });

  it('joins the pieces of calls, and keeps the text before them', () => {
    const answer = collected(
      [text('Both.'), callStart(0, 'get_weather'), callDelta(0, '{"city":')],
      [callDelta(0, '"Oslo"}'), usage(), callEnd(0), ...call(1, 'get_time')],
      [finish('tool_calls')],
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

  it('rejects an answer without an end', () => {
    expect(() => collected([text('half')]))
      .to.throw(UpstreamError)
      .that.includes({
        outcome: 'upstream_truncated',
        status: 502,
      });
    expect(() => collected([callStart(0, 'a'), callDelta(0, '{"half":')])).to.throw(UpstreamError);
  });
});
