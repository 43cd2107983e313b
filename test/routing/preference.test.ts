import { expect } from 'chai';
import { type Candidate, chooseRoutes } from '../../src/routing/preference.js';
import { upstreamEntry } from '../support/upstreams.js';

const upstream = { stream: () => expect.fail('nobody asked for this') };

function candidate(
  name: string,
  values: { owner?: string; priority?: number; isFallback?: boolean } = {},
): Candidate {
  const { isFallback = false, ...entry } = values;
  const model = { name: 'GLM-5.3', id: 'glm-5.3' };
  const route = { entry: name, upstream, model, group: name, isFallback };
  return { entry: upstreamEntry({ name, ...entry }), route };
}

const mayUse = () => true;

function choose(candidates: Candidate[], owner?: string, conversation = () => 'a conversation'): string[] {
  return chooseRoutes(candidates, { owner, mayUse, conversation }).map(({ entry }) => entry);
}

describe('The order in which entries are asked', () => {
  it('begins with the caller’s own, then goes by priority', () => {
    const all = [
      candidate('late', { priority: 2 }),
      candidate('team'),
      candidate('seat', { owner: 'ann', priority: 9 }),
    ];
    expect(choose(all, 'ann')).to.deep.equal(['seat', 'team', 'late']);
  });

  it('leaves out what belongs to another key, for the public key as well', () => {
    const all = [candidate('seat', { owner: 'ann' }), candidate('team')];
    expect(choose(all, 'bob')).to.deep.equal(['team']);
    expect(choose(all, undefined)).to.deep.equal(['team']);
    expect(choose([candidate('seat', { owner: 'ann' })], 'bob')).to.deep.equal([]);
  });

  it('ends with other models, whatever their priority', () => {
    const all = [candidate('spare', { isFallback: true, priority: 0 }), candidate('team')];
    expect(choose(all)).to.deep.equal(['team', 'spare']);
  });

  it('is the same for every turn of a conversation, and differs between conversations', () => {
    const all = [candidate('a'), candidate('b'), candidate('c')];
    const orders = Array.from({ length: 50 }, (_, index) => choose(all, undefined, () => `${index}`).join());
    expect(orders).to.deep.equal(
      Array.from({ length: 50 }, (_, index) => choose(all.toReversed(), undefined, () => `${index}`).join()),
    );
    expect(new Set(orders)).to.have.lengthOf(6);
  });

  it('does not look at the conversation where there is no choice', () => {
    const refuse = () => expect.fail('asked for the conversation');
    expect(choose([candidate('a')], undefined, refuse)).to.deep.equal(['a']);
    expect(choose([candidate('a'), candidate('b', { priority: 2 })], undefined, refuse)).to.deep.equal([
      'a',
      'b',
    ]);
  });
});
