import { expect } from 'chai';
import { compileSchema, SchemaError } from '../../src/completion/json-schema.js';
import type { JsonSchema } from '../../src/completion/request.js';

const compile = (schema: JsonSchema) => compileSchema(schema);

/** What is thrown, which has to be a SchemaError. */
function refused(work: () => unknown): SchemaError {
  try {
    work();
  } catch (error) {
    expect(error).to.be.instanceOf(SchemaError);
    return error as SchemaError;
  }
  return expect.fail('nothing was thrown');
}

const object = (properties: object, more: object = {}): JsonSchema => ({
  type: 'object',
  properties,
  ...more,
});

describe('compileSchema', () => {
  const fits: [what: string, schema: JsonSchema, value: unknown][] = [
    [
      'types, bounds and enums',
      object({ n: { type: 'integer', minimum: 1 }, e: { enum: ['x'] } }),
      { n: 1, e: 'x' },
    ],
    [
      'local references',
      { $defs: { a: { type: 'string' } }, ...object({ a: { $ref: '#/$defs/a' } }) },
      { a: '' },
    ],
    [
      'a schema within itself',
      object({ next: { $ref: '#' }, n: { type: 'number' } }),
      { next: { next: { n: 1 } } },
    ],
    ['unknown keywords and formats', object({ a: { format: 'shoe-size', 'x-order': 1 } }), { a: 'x' }],
    [
      'tuples of draft 7',
      { $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'string' }] },
      ['a', 1],
    ],
    ['tuples of 2020', { prefixItems: [{ type: 'string' }], items: false }, ['a']],
    ['a $schema of its own and the id of draft 4', { $schema: 'urn:mine', id: 'mine', type: 'object' }, {}],
    ['$async, which changes nothing', { $async: true, type: 'object' }, {}],
    ['names that every object has', object({ constructor: { type: 'string' } }), {}],
    ['patterns that are not valid as Unicode', { type: 'string', pattern: '^a\\-b$' }, 'a-b'],
    ['patterns of Unicode', { type: 'string', pattern: '^\\p{Lu}' }, 'Ärger'],
    ['any schema at all', {}, null],
  ];
  for (const [what, schema, value] of fits) {
    it(`knows ${what}`, () => {
      expect(compile(schema)(value)).to.equal(undefined);
    });
  }

  const mismatches: [schema: JsonSchema, value: unknown, inAnswer: string, inSchema: string][] = [
    [
      object({ age: { type: 'integer' } }),
      { age: 'x' },
      '/age must be integer',
      '#/properties/age/type: must be integer',
    ],
    [{ type: 'object' }, [], 'the root must be object', '#/type: must be object'],
    [
      { required: ['a'], type: 'object' },
      {},
      "the root must have required property 'a'",
      "#/required: must have required property 'a'",
    ],
    [
      { type: 'object', required: ['toString'] },
      {},
      "the root must have required property 'toString'",
      "#/required: must have required property 'toString'",
    ],
    [
      object({}, { additionalProperties: false }),
      { secret: 1 },
      'the root must NOT have additional properties such as "secret"',
      '#/additionalProperties: must NOT have additional properties',
    ],
    [
      { additionalProperties: { type: 'number' } },
      { secret: 'hidden' },
      '/secret must be number',
      '#/additionalProperties/type: must be number',
    ],
    [
      { $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'string' }] },
      [1],
      '/0 must be string',
      '#/items/0/type: must be string',
    ],
    [
      { format: 'date' },
      '22.11.2026',
      'the root must match format "date"',
      '#/format: must match format "date"',
    ],
    [{ const: 'canary' }, 'bird', 'the root must be equal to constant', '#/const: must be equal to constant'],
  ];
  for (const [schema, value, inAnswer, inSchema] of mismatches) {
    it(`tells the caller only in words of its schema: ${inSchema}`, () => {
      expect(compile(schema)(value)).to.deep.equal({ inAnswer, inSchema });
    });
  }

  it('tells the model of five mistakes at most', () => {
    const check = compile({ items: { type: 'string' } });
    expect(check([1, 2, 3, 4, 5, 6, 7])?.inAnswer.split('; ')).to.have.length(5);
  });

  const unusable: [what: string, schema: JsonSchema, reason: RegExp][] = [
    ['a type that is none', { type: 'strnig' }, /strnig/],
    ['a keyword with a value that it cannot have', object({ a: { minimum: 'x' } }), /minimum/],
    ['a reference to nowhere', { $ref: '#/$defs/nowhere' }, /#\/\$defs\/nowhere/],
    ['a reference that would have to be fetched', { $ref: 'http://127.0.0.1/a.json' }, /can't resolve/],
    ['a pattern that is no regular expression', { pattern: '(' }, /Invalid regular expression/],
    ['an $id that is no text', { $id: 5 }, /./],
    ['more than 64 Ki characters', { description: 'x'.repeat(65_536) }, /65536 is the most/],
    ['thousands of levels', nested(20_000), /Maximum call stack/],
  ];
  for (const [what, schema, reason] of unusable) {
    it(`refuses ${what}`, () => {
      const { message } = refused(() => compile(schema));
      expect(message).to.match(reason);
      expect(message).to.have.length.below(350);
    });
  }

  it('ends a check that would never end', () => {
    expect(
      refused(() => compile({ $defs: { a: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' })(1)).message,
    ).to.match(/Maximum call stack|resolve/);
  });
});

function nested(levels: number): JsonSchema {
  let schema: JsonSchema = {};
  for (let level = 0; level < levels; level += 1) schema = { not: schema };
  return schema;
}
