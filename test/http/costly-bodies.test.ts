import { brotliCompressSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { MAX_NAMES, MAX_VALUES } from '../../src/http/middleware/json-cost.js';
import { chatBody, errorOf, useGateway } from '../support/gateway.js';

const EMPTY_OBJECTS = `[${'{},'.repeat(3_300_000)}{}]`;

/** Characters that are parsed while `work` goes on, in texts of more than `least`. */
async function parsedDuring(work: () => Promise<unknown>, least = 50_000): Promise<number> {
  const { parse } = JSON;
  let count = 0;
  JSON.parse = (text, reviver) => {
    if (text.length > least) count += text.length;
    return parse(text, reviver);
  };
  try {
    await work();
  } finally {
    JSON.parse = parse;
  }
  return count;
}

const names = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`name${n}`, 0]));
/** A body with so many values in all. */
const values = (count: number) => chatBody('sim:say(ok)', { metadata: Array(count - 7).fill(0) });

describe('A body that costs far more to read than to send', () => {
  const rig = useGateway({ form: 'zai' });

  const refused: [what: string, body: string | Uint8Array, encoding: string, status: number, code: string][] =
    [
      ['brotli of 10 MB in 40 bytes', brotliCompressSync(EMPTY_OBJECTS), 'br', 413, 'request_too_large'],
      ['gzip of 10 MB in 10 kB', gzipSync(EMPTY_OBJECTS), 'gzip', 413, 'request_too_large'],
      [
        'deflate that is nothing but spaces',
        gzipSync(' '.repeat(9_000_000)),
        'gzip',
        413,
        'request_too_large',
      ],
      ['a million values', `[${'0,'.repeat(1_000_000)}0]`, 'identity', 400, 'invalid_body'],
      ['one value too many', values(MAX_VALUES + 1), 'identity', 400, 'invalid_body'],
      ['one name too many', chatBody('hi', { metadata: names(MAX_NAMES) }), 'identity', 400, 'invalid_body'],
      [
        'names that are escaped to look alike',
        `{${Array.from({ length: 30_000 }, (_, n) => `"\\u0061${n}":0`).join(',')}}`,
        'identity',
        400,
        'invalid_body',
      ],
    ];
  for (const [what, body, encoding, status, code] of refused) {
    it(`is rejected before it is parsed, while others are answered: ${what}`, async () => {
      const parsed = await parsedDuring(async () => {
        const headers = { 'content-encoding': encoding };
        const [response, other] = await Promise.all([rig.post(body, { headers }), rig.say('sim:say(ok)')]);
        expect(response.status).to.equal(status);
        expect(await errorOf(response)).to.include({ code });
        expect(other).to.equal('ok');
      });
      expect(parsed).to.equal(0);
    });
  }

  const taken: [what: string, body: string | Uint8Array, encoding: string][] = [
    ['as many values as may be', values(MAX_VALUES), 'identity'],
    [
      'the same names again and again',
      chatBody('sim:say(ok)', { metadata: Array(4).fill(names(15_000)) }),
      'identity',
    ],
    [
      'text that packs well, up to 1 MB',
      gzipSync(chatBody('sim:say(ok)', { metadata: ['x'.repeat(900_000)] })),
      'gzip',
    ],
    [
      'brackets, commas and colons in a text',
      chatBody('sim:say(ok)', { user: '[{,:}]'.repeat(50_000) }),
      'identity',
    ],
  ];
  for (const [what, body, encoding] of taken) {
    it(`is accepted with ${what}`, async () => {
      const response = await rig.post(body, { headers: { 'content-encoding': encoding } });
      expect(response.status).to.equal(200);
    });
  }
});
