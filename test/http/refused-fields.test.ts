import { expect } from 'chai';
import { type AskOptions, errorOf, jsonOf, useGateway } from '../support/gateway.js';

const SCHEMA = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }];
const jsonSchema = {
  response_format: { type: 'json_schema', json_schema: { name: 'trip', schema: SCHEMA } },
};

/** Each field with a request in which the gateway sends it. */
type OwnField = [field: string, fields: (question: string) => AskOptions];

const OWN_FIELDS: OwnField[] = [
  ['stream_options', () => ({})],
  ['response_format', () => ({ response_format: { type: 'json_object' } })],
  [
    'messages.reasoning_content',
    (question) => ({
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello', reasoning_content: 'Hm.' },
        { role: 'user', content: question },
      ],
    }),
  ],
];
const SELF_HOSTED_FIELDS: OwnField[] = [
  // Before the whole field: what is refused once is remembered.
  ['response_format.json_schema', () => jsonSchema],
  ['chat_template_kwargs.clear_thinking', () => ({ thinking: { type: 'enabled', clear_thinking: false } })],
  ['reasoning_effort', () => ({ reasoning_effort: 'high' })],
  ['parallel_tool_calls', () => ({ tools, parallel_tool_calls: false })],
  ['tool_choice', () => ({ tools, tool_choice: 'required' })],
  ['chat_template_kwargs', () => ({})],
  ['repeat_penalty', () => ({ repetition_penalty: 1.1 })],
  ...OWN_FIELDS,
];
const ZAI_FIELDS: OwnField[] = [
  ['thinking.clear_thinking', () => ({ thinking: { type: 'enabled', clear_thinking: false } })],
  ['thinking', () => ({})],
  ['tool_stream', () => ({ tools })],
  ...OWN_FIELDS,
];

const SERVERS: [server: string, form: 'zai' | 'self-hosted', words: string, fields: OwnField[]][] = [
  ...['vllm', 'llama.cpp', 'cerebras', 'mistral', 'openai'].map((server): (typeof SERVERS)[number] => [
    server,
    'self-hosted',
    ` sim:server=${server}`,
    SELF_HOSTED_FIELDS,
  ]),
  ['Z.ai', 'zai', '', ZAI_FIELDS],
];

for (const [server, form, words, ownFields] of SERVERS) {
  describe(`Fields that ${server} refuses in its own words`, () => {
    const rig = useGateway({ form });
    const model = form === 'zai' ? 'GLM-4.6' : 'glm-4.5';
    const ask = async (question: string, fields: AskOptions) => {
      const asked = rig.upstreamChats.length;
      const response = await rig.ask(question, { stream: false, model, ...fields });
      return { response, chats: rig.upstreamChats.slice(asked) };
    };

    for (const [field, fieldsFor] of ownFields) {
      it(`are left out and remembered if the gateway added them: ${field}`, async () => {
        const question = `Where to? sim:refuses=${field}${words}`;
        const first = await ask(question, fieldsFor(question));
        const { error } = await jsonOf(first.response);
        expect(first.response.status, error?.message).to.equal(200);
        expect(first.chats).to.have.length(2);
        const second = await ask(question, fieldsFor(question));
        expect(second.response.status).to.equal(200);
        expect(second.chats).to.have.length(1);
        expect(rig.logLines.filter((line) => line.field === field)).to.have.length(1);
      });
    }

    const clientFields: AskOptions[] = [
      { temperature: 0.5 },
      { top_p: 0.5 },
      { max_tokens: 100 },
      ...(form === 'zai' ? [] : [{ seed: 1 }, { top_k: 5 }, { logit_bias: { 1: 1 } }, { user: 'someone' }]),
    ];
    for (const fields of clientFields) {
      const [field] = Object.keys(fields);
      for (const word of ['refuses', 'refuses-value']) {
        it(`are a 400 if the client sent them: ${field}, by sim:${word}`, async () => {
          const { response, chats } = await ask(`Hi sim:${word}=${field}${words}`, fields);
          expect(response.status).to.equal(400);
          const error = await errorOf(response);
          expect(error).to.include({ type: 'invalid_request_error', param: field });
          // The upstream's word for a field is its own text: it may quote the request.
          expect((await rig.recordOf(response)).param).to.equal(undefined);
          expect(error.message).to.contain(field);
          expect(chats).to.have.length(1);
          expect(rig.logLines.filter((line) => line.field === field)).to.deep.equal([]);
        });
      }
    }

    it('are a 400 if the value of the gateway’s own field is refused', async () => {
      const effort = { reasoning_effort: 'high', model: form === 'zai' ? 'GLM-5.2' : 'zai-org/GLM-4.6' };
      const { response, chats } = await ask(`Hi sim:refuses-value=reasoning_effort${words}`, effort);
      expect(response.status).to.equal(400);
      expect(await errorOf(response)).to.include({ param: 'reasoning_effort' });
      expect(chats).to.have.length(1);
    });
  });
}
