import { expect } from 'chai';
import type { Modality, Price, UpstreamModel } from '../../src/completion/model-info.js';
import { findCheapestTextModel } from '../../src/upstream/cheapest-model.js';

const TEXT: readonly Modality[] = ['text'];

function model(name: string, price: Price | undefined, more: Partial<UpstreamModel> = {}): UpstreamModel {
  return { name, id: name, created: 1, ownedBy: 'z.ai', info: { input: TEXT, price }, ...more };
}

describe('The cheapest text model', () => {
  const cheapest = (...models: UpstreamModel[]) => findCheapestTextModel(models)?.name;

  it('is the one whose input costs least, then whose output does', () => {
    const a = model('a', { input: 0.2, output: 1.1 });
    const b = model('b', { input: 0.07, output: 0.4 });
    const c = model('c', { input: 0.07, output: 0.3 });
    const d = model('d', { input: 0.1, output: 0.1 });
    expect(cheapest(a, b, c, d)).to.equal('c');
    expect(cheapest(d, c, b, a)).to.equal('c');
  });

  it('is the newest of equal prices, and may cost nothing', () => {
    const free = { input: 0, cached: 0, output: 0 };
    const models = [
      model('old', free, { created: 1 }),
      model('new', free, { created: 3 }),
      model('newest', { input: 1, output: 1 }, { created: 9 }),
      model('older', free, { created: 2 }),
    ];
    expect(cheapest(...models)).to.equal('new');
  });

  it('passes over models that see, are not listed, or have no known price or modalities', () => {
    const price = { input: 0, output: 0 };
    const models = [
      model('sees', price, { info: { input: ['text', 'image'], price } }),
      model('unlisted', price, { isListed: false }),
      model('unpriced', undefined),
      model('unknown', price, { info: { price } }),
      model('bare', undefined, { info: undefined }),
    ];
    expect(cheapest(...models)).to.equal(undefined);
    expect(cheapest(...models, model('dear', { input: 5, output: 9 }, { isListed: true }))).to.equal('dear');
  });
});
