import { expect } from 'chai';
import {
  parseTextRequest,
  type TextRequest,
} from '../../../src/protocol/openai-completions/parse-request.js';
import { BadRequestError } from '../../../src/vocabulary/errors.js';

function parse(fields: object = {}): TextRequest {
  return parseTextRequest({ model: 'GLM-4.5', prompt: 'Once', ...fields });
}

describe('parseTextRequest', () => {
  it('turns the prompt into the only message of a chat without thinking', () => {
    expect(parse()).to.deep.include({
      model: 'GLM-4.5',
      messages: [{ role: 'user', content: 'Once' }],
      thinking: false,
      tools: [],
      echoed: '',
      includeUsage: false,
    });
  });

  it('accepts a prompt in an array of one', () => {
    expect(parse({ prompt: ['Once'] }).messages).to.deep.equal([{ role: 'user', content: 'Once' }]);
  });

  it('keeps the prompt for the answer if echo is set', () => {
    expect(parse({ echo: true }).echoed).to.equal('Once');
    expect(parse({ echo: false }).echoed).to.equal('');
  });

  it('reads the other fields as chat completions do', () => {
    const asked = parse({
      max_tokens: 7,
      temperature: 0.5,
      top_p: 0.9,
      seed: 3,
      stop: ['\n'],
      stream: true,
      stream_options: { include_usage: true },
      presence_penalty: 1,
      user: 'me',
      n: 1,
      best_of: 1,
      suffix: '',
      logprobs: null,
    });
    expect(asked.sampling).to.include({
      maxTokens: 7,
      temperature: 0.5,
      topP: 0.9,
      seed: 3,
      presencePenalty: 1,
    });
    expect(asked).to.deep.include({ stop: ['\n'], stream: true, includeUsage: true, user: 'me' });
  });

  it('sets no limit if max_tokens is left out', () => {
    expect(parse().sampling.maxTokens).to.equal(undefined);
  });

  it('ignores tools', () => {
    expect(
      parse({ tools: [{ type: 'function', function: { name: 'a' } }], tool_choice: 'required' }),
    ).to.deep.include({
      tools: [],
      toolChoice: 'auto',
    });
  });

  const refused: [object, string, RegExp][] = [
    [{ prompt: undefined }, 'prompt', /prompt is missing/],
    [{ prompt: null }, 'prompt', /prompt is missing/],
    [{ prompt: [] }, 'prompt', /must be a text/],
    [{ prompt: 5 }, 'prompt', /must be a text/],
    [{ prompt: [1, 2, 3] }, 'prompt', /must be a text, not tokens/],
    [{ prompt: [[1, 2]] }, 'prompt', /must be a text, not tokens/],
    [{ prompt: ['a', 'b'] }, 'prompt', /must be one text/],
    [{ suffix: ' there.' }, 'suffix', /does not fill in/],
    [{ logprobs: 3 }, 'logprobs', /not supported/],
    [{ best_of: 2 }, 'best_of', /must be 1/],
    [{ n: 2 }, 'n', /must be 1/],
    [{ model: '' }, 'model', /not be empty/],
    [{ temperature: 'hot' }, 'temperature', /number/],
  ];
  for (const [fields, param, words] of refused) {
    it(`refuses ${JSON.stringify(fields)}, naming ${param}`, () => {
      expect(() => parse(fields))
        .to.throw(BadRequestError, words)
        .with.property('param', param);
    });
  }
});
