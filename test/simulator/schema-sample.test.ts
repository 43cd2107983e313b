import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'chai';
import { makeSample } from '../../src/simulator/schema-sample.js';

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);

const SCHEMAS: [what: string, schema: object][] = [
  ['a text of some length', { type: 'string', minLength: 30, maxLength: 32 }],
  ...['date-time', 'uuid'].map((format): [string, object] => [
    `a text of format ${format}`,
    { type: 'string', format },
  ]),
  ['a number with bounds', { type: 'integer', minimum: 5, maximum: 7 }],
  ['a multiple', { type: 'number', minimum: 4, multipleOf: 2.5 }],
  ['one of several types', { type: ['integer', 'null'] }],
  ['one of several values', { enum: ['celsius', 'fahrenheit'] }],
  [
    'a list of different things',
    { type: 'array', items: { type: 'string' }, minItems: 3, uniqueItems: true },
  ],
  [
    'a tuple',
    { type: 'array', prefixItems: [{ type: 'integer' }, { type: 'string' }], items: false, minItems: 2 },
  ],
  [
    'nested objects, no more than required',
    {
      type: 'object',
      properties: {
        place: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        note: { not: {} },
      },
      required: ['place'],
      additionalProperties: false,
    },
  ],
  ['the first of alternatives', { anyOf: [{ type: 'string' }, { type: 'integer' }], minLength: 1 }],
  [
    'one of exclusive alternatives',
    { oneOf: [{ type: 'object', properties: { a: { const: 1 } }, required: ['a'] }] },
  ],
  [
    'all of several',
    {
      allOf: [
        { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
        { properties: { b: { type: 'boolean' } }, required: ['b'] },
      ],
    },
  ],
  [
    'a reference',
    {
      type: 'object',
      properties: { unit: { $ref: '#/$defs/a~1b' } },
      required: ['unit'],
      $defs: { 'a/b': { enum: ['x'] } },
    },
  ],
  [
    'a tree that contains itself',
    {
      $ref: '#/$defs/node',
      $defs: {
        node: {
          type: 'object',
          properties: {
            name: { type: 'string' },
            children: { type: 'array', items: { $ref: '#/$defs/node' } },
          },
          required: ['name', 'children'],
        },
      },
    },
  ],
];

describe('makeSample', () => {
  it('fits schemas of every kind', () => {
    for (const [what, schema] of SCHEMAS) {
      const sample = makeSample(schema);
      const isValid = ajv.validate(schema, sample);
      expect(isValid, `${what}: ${JSON.stringify(sample)} ${ajv.errorsText()}`).to.equal(true);
    }
  });

  it('fills in all properties where none is said to be required', () => {
    const properties = { city: { type: 'string' }, days: { type: 'integer' } };
    expect(makeSample({ type: 'object', properties })).to.deep.equal({ city: 'Oslo 奥斯陆', days: 1 });
  });

  const HOSTILE: [what: string, schema: object][] = [
    ['a list of a billion', { type: 'array', minItems: 1e9, items: {} }],
    [
      'lists of lists without end',
      { type: 'array', minItems: 9, items: { type: 'array', minItems: 9, items: { $ref: '#' } } },
    ],
    ['required things that are no list', { allOf: [{ required: { a: 1 } }, { required: ['a'] }] }],
  ];
  it('stays small for schemas that ask for very much', () => {
    for (const [what, schema] of HOSTILE)
      expect(JSON.stringify(makeSample(schema)), what)
        .to.be.a('string')
        .with.length.below(500_000);
  });

  it('comes to an end, whatever refers to itself', () => {
    expect(makeSample({ $ref: '#' })).to.be.a('string');
    const endless = { type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] };
    expect(JSON.stringify(makeSample(endless))).to.have.length.below(200);
  });
});
