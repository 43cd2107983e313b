import { expect } from 'chai';
import { openapiDocument } from '../../src/openapi/document.js';
import { endpointsOf } from '../../src/pages/docs-endpoints.js';

const document = openapiDocument({ origin: 'http://localhost:9090', model: 'GLM-4.5', key: 'KEY' });

describe('The fields of a request in /docs', () => {
  const chat = endpointsOf(document, 'en').find(({ path }) => path === '/v1/chat/completions');
  const types = new Map(chat?.fields.map(({ name, type }) => [name, type]));

  for (const [name, type] of Object.entries({
    model: 'string',
    messages: 'Message[]',
    stream: 'boolean',
    temperature: 'number 0…2',
    max_tokens: 'integer ≥ -1',
    stop: 'string | string[]',
    n: '1',
    modalities: '["text"]',
    logit_bias: 'object',
    tool_choice: '"auto" | "none" | "required" | object',
    conversation_id: '',
  })) {
    it(`show the type of ${name} as ${type || 'nothing'}`, () => expect(types.get(name)).to.equal(type));
  }

  it('are required or not as the parser has it', () => {
    const required = chat?.fields.filter((field) => field.required).map(({ name }) => name);
    expect(required).to.deep.equal(['model', 'messages']);
  });

  it('have a description in both languages', () => {
    const zh = endpointsOf(document, 'zh').find(({ path }) => path === '/v1/chat/completions');
    for (const { name, description } of chat?.fields ?? []) expect(description, name).to.match(/[a-z]{3}/);
    for (const { name, description } of zh?.fields ?? [])
      expect(description, name).to.match(/\p{Script=Han}/u);
  });
});
