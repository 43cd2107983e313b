import { expect } from 'chai';
import {
  getThinking,
  maxOutputTokens,
  readsTextOnly,
  streamsToolArguments,
} from '../../src/upstream/model-traits.js';
import { modelsOf } from '../../src/upstream/models.js';

const unknown = (id: string) => ({ id, name: id });
const LEVELS = ['low', 'high', 'max'];

describe('What a request may ask of a model', () => {
  it('follows its metadata, whatever its name says', () => {
    const model = { ...unknown('glm-9'), info: { thinking: 'switch', toolStream: false } as const };
    expect(getThinking(model)).to.deep.equal({ kind: 'switch', efforts: [] });
    expect(streamsToolArguments(model)).to.equal(false);
  });

  it('agrees with the table where only the name is known', () => {
    for (const model of modelsOf('api')) {
      const { kind } = getThinking(unknown(model.id));
      const expected = model.info?.thinking === 'always' ? 'always' : 'switch';
      expect(kind, model.id).to.equal(expected);
    }
  });

  it('lets an unlisted model think always from GLM-5.3 upward, and switches it below', () => {
    for (const id of ['glm-5.3-x', 'glm-5.5', 'glm-5.10', 'glm-6', 'glm-6v-air', 'GLM-10.1', 'glm-6-0520'])
      expect(getThinking(unknown(id)), id).to.deep.equal({ kind: 'always', efforts: LEVELS });
    for (const id of [
      'glm-5',
      'glm-5.1-air',
      'glm-4.9',
      'glm-4-plus',
      'glm-4v-plus-0111',
      'glm-z1-air',
      'other',
      '',
    ])
      expect(getThinking(unknown(id)), id).to.deep.equal({ kind: 'switch', efforts: [] });
  });

  it('streams the arguments of tool calls from GLM-4.6 on', () => {
    for (const id of ['glm-4.6-x', 'glm-4.10', 'glm-5', 'glm-5-code-2'])
      expect(streamsToolArguments(unknown(id)), id).to.equal(true);
    for (const id of ['glm-4.5-max', 'glm-4-plus', 'glm-4-32b', 'other'])
      expect(streamsToolArguments(unknown(id)), id).to.equal(false);
  });

  it('reads text only where that is known', () => {
    expect(readsTextOnly({ ...unknown('a'), info: { input: ['text'] } })).to.equal(true);
    expect(readsTextOnly({ ...unknown('a'), info: { input: ['text', 'image'] } })).to.equal(false);
    expect(readsTextOnly({ ...unknown('a'), info: { contextTokens: 8_192 } })).to.equal(false);
    expect(readsTextOnly(unknown('glm-4.6'))).to.equal(false);
  });

  it('gives answers as long as the model can, or as the longest of all where that is unknown', () => {
    expect(maxOutputTokens({ ...unknown('a'), info: { maxOutputTokens: 16_384 } })).to.equal(16_384);
    expect(maxOutputTokens(unknown('a'))).to.equal(131_072);
  });
});
