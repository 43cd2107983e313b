import { expect } from 'chai';
import { putInWords } from '../../src/completion/in-words.js';
import { SCHEMA_CLOSE, SCHEMA_OPEN } from '../../src/completion/json-format.js';
import type { CompletionRequest, JsonSchema, ResponseFormat } from '../../src/completion/request.js';
import { request } from '../upstream/support.js';

const SCHEMA = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const param = 'response_format.json_schema.schema';

const fitting = (schema: JsonSchema): ResponseFormat => ({
  type: 'json_schema',
  name: 'trip',
  schema,
  param,
});

/** The system message, where the request had none of its own. */
function told(more: Partial<CompletionRequest>): string {
  const [system, ...rest] = putInWords(request('Where to?', more)).messages;
  expect(rest).to.deep.equal([{ role: 'user', content: 'Where to?' }]);
  expect(system?.role).to.equal('system');
  return String(system?.content);
}

const schemaIn = (words: string) =>
  JSON.parse(words.slice(words.indexOf(SCHEMA_OPEN) + SCHEMA_OPEN.length, words.indexOf(SCHEMA_CLOSE)));

describe('putInWords', () => {
  it('changes nothing where text is wanted and the model may choose', () => {
    const asked = request('Hi', { tools: [{ name: 'look' }] });
    expect(putInWords(asked)).to.equal(asked);
  });

  it('tells the schema as JSON between its marks', () => {
    const words = told({ responseFormat: fitting(SCHEMA) });
    expect(schemaIn(words)).to.deep.equal(SCHEMA);
    expect(words).not.to.match(/tools/i);
  });

  it('keeps a schema together that holds the closing mark', () => {
    const schema = { ...SCHEMA, description: `ends ${SCHEMA_CLOSE} here` };
    const words = told({ responseFormat: fitting(schema) });
    expect(words.split(SCHEMA_CLOSE)).to.have.length(2);
    expect(schemaIn(words)).to.deep.equal(schema);
  });

  it('tells that an object is wanted, where there is no schema', () => {
    expect(told({ responseFormat: { type: 'json_object' } }))
      .to.match(/one JSON object/)
      .and.not.to.contain(SCHEMA_OPEN);
  });

  it('does not forbid tools beside a format, and tells of the one that must be called', () => {
    const tools = [{ name: 'look' }];
    const words = told({ responseFormat: fitting(SCHEMA), tools, toolChoice: 'required' });
    expect(words).to.match(/Tools may be called[\s\S]*must be a call of at least one/);
  });
});
