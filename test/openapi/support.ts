/** The document under test, and strict checks by its schemas: members that are not documented fail. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { openapiDocument } from '../../src/openapi/document.js';

// biome-ignore lint/suspicious/noExplicitAny: tests look into parts of any shape
export type Part = any;

export const document = openapiDocument({ origin: 'http://localhost:9090', model: 'GLM-4.5', key: 'KEY' });

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, strictRequired: false });
ajv.addFormat('date-time', (text) => /^\d{4}-\d\d-\d\dT.*Z$/.test(text));
ajv.addVocabulary(['components', 'x-description-zh', 'x-handling']);
ajv.addSchema({ $id: 'document', components: closed(document.components) });

/** Fails with ajv's errors unless `value` fits the named component. */
export function expectFits(value: unknown, schema: string): void {
  expectValid(value, { $ref: `document#/components/schemas/${schema}` });
}

/** Fails with ajv's errors unless `value` fits a schema of the document. */
export function expectValid(value: unknown, schema: Part): void {
  const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/'));
  const valid = ajv.validate(closed(absolute), value);
  expect(valid ? [] : ajv.errors, JSON.stringify(value)).to.deep.equal([]);
}

/** Yields every object in a value, with its path. */
export function* partsOf(value: Part, path = ''): Generator<[path: string, part: Part]> {
  if (typeof value !== 'object' || value === null) return;
  yield [path, value];
  for (const [name, child] of Object.entries(value)) yield* partsOf(child, `${path}/${name}`);
}

/** A copy whose object schemas allow documented members only. */
function closed(value: Part): Part {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([name, child]) => [name, closed(child)]));
  const isOpen = copy.type === 'object' && copy.properties && copy.additionalProperties === undefined;
  return isOpen ? { ...copy, additionalProperties: false } : copy;
}
