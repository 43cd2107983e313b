import { expect } from 'chai';
import { z } from 'zod';
import { toJsonSchema } from '../../src/openapi/request-schema.js';
import { describeBody, describeField, GATEWAY, parsedByHand } from '../../src/protocol/field-docs.js';
import { document, type Part } from './support.js';

/** The JSON Schema of one field. */
function converted(schema: z.ZodType): Part {
  return (toJsonSchema(z.object({ field: schema })) as Part).properties.field;
}

describe('The JSON Schema of a request', () => {
  const cases: [what: string, schema: z.ZodType, expected: object][] = [
    ['limits', z.number().min(0).max(2).optional(), { type: 'number', minimum: 0, maximum: 2 }],
    ['null beside a type', z.string().max(3).nullish(), { type: ['string', 'null'], maxLength: 3 }],
    ['null beside a constant', z.literal(1).nullish(), { enum: [1, null] }],
    [
      'null beside alternatives',
      z.union([z.string(), z.array(z.string()).max(2)]).nullish(),
      {
        anyOf: [
          { type: 'string' },
          { type: 'array', items: { type: 'string' }, maxItems: 2 },
          { type: 'null' },
        ],
      },
    ],
    ['an integer without the bounds of safe integers', z.int().optional(), { type: 'integer' }],
    ['the canonical form of a lenient field', z.preprocess(String, z.boolean()), { type: 'boolean' }],
    [
      'the shape of a field that is parsed by hand',
      parsedByHand({ type: 'array', minItems: 1 }),
      { type: 'array', minItems: 1 },
    ],
    [
      'the description of a field, and what happens to it',
      describeField(z.string(), GATEWAY, 'A text.', '文本。'),
      {
        type: 'string',
        description: 'A text.',
        'x-description-zh': '文本。',
        'x-handling': { zai: 'gateway', 'self-hosted': 'gateway', web: 'gateway' },
      },
    ],
  ];
  for (const [what, schema, expected] of cases) {
    it(`has ${what}`, () => expect(converted(schema)).to.deep.equal(expected));
  }

  it('lists required fields first, those that are parsed by hand included', () => {
    const body = describeBody(z.object({ seed: z.int() }), { tools: z.string(), input: z.string() }, [
      'input',
    ]);
    const { properties, required } = toJsonSchema(body) as Part;
    expect(Object.keys(properties)).to.deep.equal(['input', 'seed', 'tools']);
    expect(required).to.deep.equal(['input']);
  });

  for (const [name, schema] of Object.entries<Part>(document.components.schemas)) {
    if (!/Request$/.test(name) || name === 'DashboardRequest') continue;
    it(`describes every field of ${name}, and what happens to it`, () => {
      for (const [field, part] of Object.entries<Part>(schema.properties)) {
        expect(part, field).to.include.keys('description', 'x-description-zh', 'x-handling');
      }
    });
  }
});
