import { expect } from 'chai';
import type { CompletionRequest, JsonSchemaFormat } from '../../../src/completion/request.js';
import { buildOpenaiBody } from '../../../src/upstream/openai-compatible/request-body.js';
import { request } from '../support.js';

const FORMAT: JsonSchemaFormat = {
  type: 'json_schema',
  name: 'trip',
  schema: { type: 'object', properties: { city: { type: 'string' } } },
  strict: true,
  param: 'response_format.json_schema.schema',
};
const LIST: JsonSchemaFormat = { ...FORMAT, schema: { type: 'array' } };
const TOOLS = [{ name: 'look' }, { name: 'listen' }];
const ENFORCED = {
  type: 'json_schema',
  json_schema: { name: 'trip', strict: true, schema: FORMAT.schema },
};
const SCHEMA_WORDS = /fits this JSON Schema/;
const CALL_WORDS = /must be a call of/;

/** As it goes over the wire. */
function bodyOf(
  more: Partial<CompletionRequest>,
  leftOut: string[] = [],
  provider: 'zai' | 'self-hosted' = 'self-hosted',
) {
  const body = JSON.parse(JSON.stringify(buildOpenaiBody(request('Hi', more), provider, new Set(leftOut))));
  const [first] = body.messages;
  return { ...body, words: first.role === 'system' ? first.content : '' };
}

describe('A schema', () => {
  it('is enforced by a self-hosted server, and not told in words', () => {
    for (const [responseFormat, expected] of [
      [FORMAT, ENFORCED],
      [LIST, { type: 'json_schema', json_schema: { ...ENFORCED.json_schema, schema: LIST.schema } }],
    ] as const) {
      const { response_format: format, words } = bodyOf({ responseFormat });
      expect(format).to.deep.equal(expected);
      expect(words).to.equal('');
    }
  });

  it('is told as well after an answer that did not fit', () => {
    const { response_format: format, words } = bodyOf({ responseFormat: FORMAT, formatInWords: true });
    expect(format).to.deep.equal(ENFORCED);
    expect(words).to.match(SCHEMA_WORDS);
  });

  it('is told in words beside tools that may be called, and enforced beside those that may not', () => {
    for (const toolChoice of ['auto', 'required', { name: 'look' }] as const) {
      const body = bodyOf({ responseFormat: FORMAT, tools: TOOLS, toolChoice });
      expect(body).not.to.have.property('response_format');
      expect(body.words).to.match(SCHEMA_WORDS);
    }
    const body = bodyOf({ responseFormat: FORMAT, tools: TOOLS, toolChoice: 'none' });
    expect(body.response_format).to.deep.equal(ENFORCED);
    expect(body.words).to.equal('');
  });

  it('is words and JSON mode for a server without schemas, words alone where JSON mode does not fit or is refused', () => {
    const cases: [responseFormat: JsonSchemaFormat, leftOut: string, format: object | undefined][] = [
      [FORMAT, 'response_format.json_schema', { type: 'json_object' }],
      [LIST, 'response_format.json_schema', undefined],
      [FORMAT, 'response_format', undefined],
    ];
    for (const [responseFormat, leftOut, format] of cases) {
      const body = bodyOf({ responseFormat }, [leftOut]);
      expect(body.response_format).to.deep.equal(format);
      expect(body.words).to.match(SCHEMA_WORDS);
    }
  });

  it('keeps its words where JSON mode is refused', () => {
    const asObject = { responseFormat: { type: 'json_object' } } as const;
    expect(bodyOf(asObject)).to.have.deep.property('response_format', { type: 'json_object' });
    const refused = bodyOf(asObject, ['response_format']);
    expect(refused).not.to.have.property('response_format');
    expect(refused.words).to.match(/one JSON object/);
  });

  it('is words and JSON mode at Z.ai, which knows no schemas', () => {
    const body = bodyOf({ responseFormat: FORMAT }, [], 'zai');
    expect(body.response_format).to.deep.equal({ type: 'json_object' });
    expect(body.words).to.match(SCHEMA_WORDS);
  });
});

describe('A choice of tools', () => {
  const named = { tools: TOOLS, toolChoice: { name: 'listen' } };
  const names = (body: { tools?: { function: { name: string } }[] }) =>
    body.tools?.map((tool) => tool.function.name);

  it('goes as it is to a self-hosted server, without a word', () => {
    for (const toolChoice of ['auto', 'none', 'required'] as const) {
      const body = bodyOf({ tools: TOOLS, toolChoice });
      expect(body).to.include({ tool_choice: toolChoice, words: '' });
      expect(names(body)).to.deep.equal(['look', 'listen']);
    }
  });

  it('of one tool goes as that tool alone, which is required', () => {
    const body = bodyOf(named);
    expect(body).to.include({ tool_choice: 'required', words: '' });
    expect(names(body)).to.deep.equal(['listen']);
  });

  it('is told in words to a server that does not know `required`', () => {
    const body = bodyOf(named, ['tool_choice.required']);
    expect(body.tool_choice).to.equal('auto');
    expect(names(body)).to.deep.equal(['listen']);
    expect(body.words).to.match(CALL_WORDS);
  });

  it('is told in words to a server that does not know the field; `none` offers nothing', () => {
    const required = bodyOf({ tools: TOOLS, toolChoice: 'required' }, ['tool_choice']);
    expect(required).not.to.have.property('tool_choice');
    expect(required.words).to.match(CALL_WORDS);
    const auto = bodyOf({ tools: TOOLS }, ['tool_choice']);
    expect(auto).not.to.have.property('tool_choice');
    expect(auto.words).to.equal('');
    expect(names(auto)).to.deep.equal(['look', 'listen']);
    const none = bodyOf({ tools: TOOLS, toolChoice: 'none' }, ['tool_choice']);
    expect(none).not.to.have.any.keys('tool_choice', 'tools');
  });

  it('is told in words to Z.ai', () => {
    const body = bodyOf(named, [], 'zai');
    expect(body).not.to.have.property('tool_choice');
    expect(body.words).to.match(CALL_WORDS);
    expect(names(body)).to.deep.equal(['listen']);
  });
});
