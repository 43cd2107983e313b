import { expect } from 'chai';
import { RefusedFields } from '../../../src/upstream/openai-compatible/refused-fields.js';

const HOUR_MS = 3_600_000;

describe('RefusedFields', () => {
  it('remembers a field for an hour, for its model alone', () => {
    let now = 0;
    const refused = new RefusedFields(() => now);
    refused.remember('glm-4.6', 'thinking');
    now = HOUR_MS / 2;
    refused.remember('glm-4.6', 'tool_stream');
    expect([...refused.of('glm-4.6')]).to.deep.equal(['thinking', 'tool_stream']);
    expect([...refused.of('glm-4.7')]).to.deep.equal([]);
    now = HOUR_MS;
    expect([...refused.of('glm-4.6')]).to.deep.equal(['tool_stream']);
    now = 2 * HOUR_MS;
    expect([...refused.of('glm-4.6')]).to.deep.equal([]);
  });

  it('keeps a hundred models, and forgets the one that learnt nothing for longest', () => {
    const refused = new RefusedFields(() => 0);
    for (let i = 0; i < 100; i++) refused.remember(`model-${i}`, 'thinking');
    refused.remember('model-0', 'tool_stream');
    refused.remember('one more', 'thinking');
    expect(refused.of('model-0')).to.have.property('size', 2);
    expect(refused.of('model-1')).to.have.property('size', 0);
    expect(refused.of('model-2')).to.have.property('size', 1);
    expect(refused.of('one more')).to.have.property('size', 1);
  });

  it('keeps twenty fields of a model, the newest', () => {
    const refused = new RefusedFields(() => 0);
    for (let i = 0; i < 50; i++) refused.remember('glm-4.6', `field-${i}`);
    expect([...refused.of('glm-4.6')]).to.deep.equal(Array.from({ length: 20 }, (_, i) => `field-${i + 30}`));
  });
});
