import { expect } from 'chai';
import { findProduct } from '../../src/upstream/product.js';

const CODING = 'https://api.z.ai/api/coding/paas/v4';

describe('findProduct', () => {
  const cases: [url: string, name: string | undefined, isCodingPlan: boolean, currency?: string][] = [
    ['https://api.z.ai/api/paas/v4', 'Z.ai, pay-as-you-go', false],
    [CODING, 'Z.ai, personal coding plan', true],
    ['https://open.bigmodel.cn/api/paas/v4/', 'BigModel (mainland), pay-as-you-go', false, 'CNY'],
    [
      'https://open.bigmodel.cn/api/coding/paas/v4/chat/completions',
      'BigModel (mainland), personal coding plan',
      true,
      'CNY',
    ],
    ['http://proxy.lan:8080/api/coding/paas/v4', 'Z.ai, personal coding plan', true],
    ['http://localhost:8000/v1', undefined, false],
    ['https://chat.z.ai/api/chat/completions', undefined, false],
    ['http://localhost/api/paas/v40', undefined, false],
  ];
  for (const [url, name, isCodingPlan, currency = 'USD'] of cases) {
    it(`tells ${name ?? 'nothing'} of ${url}`, () => {
      expect(findProduct(url)).to.deep.equal(
        name === undefined ? undefined : { name, isCodingPlan, currency },
      );
    });
  }
});
