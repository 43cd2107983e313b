import { expect } from 'chai';
import { type Json, KEY, Rig } from '../support/gateway.js';
import { type ChatAnswer, type ChatBody, type ChatServer, startChatServer } from '../upstream/servers.js';

const MODEL = 'glm-4.6';
const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const RIGHT = '{"city":"Oslo"}';
const user = (content: string) => ({ role: 'user', content });
const LOOK = { name: 'look', parameters: { type: 'object', properties: {} } };
const LISTEN = { ...LOOK, name: 'listen' };

interface Protocol {
  readonly path: string;
  readonly plain: object;
  readonly schema: object;
  /** Two tools, of which the second one must be called. */
  readonly named: object;
  /** Left out where the protocol has no such field. */
  readonly temperature: number;
  /** Fields of the upstream with the same ones in the client's words, and the place that an error is to name. */
  readonly renamed: Readonly<Record<string, readonly [fields: object, param: string]>>;
}

const PROTOCOLS: Record<string, Protocol> = {
  'chat completions': {
    path: '/v1/chat/completions',
    plain: { messages: [user('Hi')] },
    schema: { response_format: { type: 'json_schema', json_schema: { name: 'trip', schema: SCHEMA } } },
    named: {
      tools: [LOOK, LISTEN].map((tool) => ({ type: 'function', function: tool })),
      tool_choice: { type: 'function', function: { name: 'listen' } },
    },
    temperature: 1.9,
    renamed: {
      max_tokens: [{ max_completion_tokens: 9 }, 'max_completion_tokens'],
      stop: [{ stop: ['x'] }, 'stop'],
      reasoning_effort: [{ reasoning: { effort: 'high' } }, 'reasoning.effort'],
      response_format: [{ response_format: { type: 'json_object' } }, 'response_format'],
    },
  },
  Messages: {
    path: '/v1/messages',
    plain: { messages: [user('Hi')], max_tokens: 100 },
    schema: { output_config: { format: { type: 'json_schema', schema: SCHEMA } } },
    named: {
      tools: [LOOK, LISTEN].map(({ name, parameters }) => ({ name, input_schema: parameters })),
      tool_choice: { type: 'tool', name: 'listen' },
    },
    temperature: 0.9,
    renamed: {
      max_tokens: [{}, 'max_tokens'],
      top_k: [{ top_k: 3 }, 'top_k'],
      reasoning_effort: [
        { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
        'output_config.effort',
      ],
    },
  },
  Responses: {
    path: '/v1/responses',
    plain: { input: 'Hi' },
    schema: { text: { format: { type: 'json_schema', name: 'trip', schema: SCHEMA } } },
    named: {
      tools: [LOOK, LISTEN].map((tool) => ({ type: 'function', ...tool })),
      tool_choice: { type: 'function', name: 'listen' },
    },
    temperature: 1.9,
    renamed: {
      max_tokens: [{ max_output_tokens: 9 }, 'max_output_tokens'],
      reasoning_effort: [{ reasoning: { effort: 'high' } }, 'reasoning.effort'],
      response_format: [{ text: { format: { type: 'json_object' } } }, 'text.format'],
      messages: [{}, 'input'],
    },
  },
};

/** What stands in the answer, whatever its protocol and form. */
const plainText = (answer: string) => answer.replace(/\\"/g, '"');

describe('A strict self-hosted server', () => {
  let rig: Rig;
  let server: ChatServer;
  let answer: (body: ChatBody) => ChatAnswer;

  beforeEach(async () => {
    server = await startChatServer((body) => answer(body));
    rig = await new Rig().start({
      form: 'self-hosted',
      env: { UPSTREAM_URL: `${server.url}/v1`, MODEL_NAME: MODEL, ENABLE_THINKING: 'true' },
    });
  });
  afterEach(async () => {
    await rig.stop();
    await server.close();
  });

  async function post(path: string, fields: object) {
    const response = await fetch(`${rig.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, ...fields }),
    });
    return { status: response.status, text: await response.text() };
  }

  const refuse = (message: string): ChatAnswer => ({ status: 400, error: { error: { message } } });
  const warnings = () => rig.logLines.filter(({ level }: Json) => level === 40);

  for (const [name, { path, plain, schema, named, temperature, renamed }] of Object.entries(PROTOCOLS)) {
    for (const stream of [false, true]) {
      const how = `${name}, ${stream ? 'streamed' : 'whole'}`;

      it(`answers ${how}, without the fields that it does not know, which the log names once`, async () => {
        answer = ({ chat_template_kwargs: kwargs }) =>
          kwargs
            ? refuse("chat_template_kwargs: property 'chat_template_kwargs' is unsupported")
            : 'all is well';
        for (let i = 0; i < 2; i++) {
          const { status, text } = await post(path, { ...plain, stream });
          expect(status).to.equal(200);
          expect(text).to.contain('all is well');
        }
        expect(server.bodies).to.have.length(3);
        expect(warnings()).to.have.length(1);
        expect(warnings()[0]).to.include({ field: 'chat_template_kwargs', model: MODEL });
      });

      it(`has its refusal of a value passed on to ${how}, and to no other client`, async () => {
        answer = (body) =>
          body.temperature === undefined ? 'all is well' : refuse('temperature must be between 0 and 0.5');
        const { status, text } = await post(path, { ...plain, stream, temperature });
        expect(status).to.equal(400);
        expect(text).to.contain('temperature must be between 0 and 0.5');
        expect((await post(path, { ...plain, stream })).status).to.equal(200);
        expect(server.bodies).to.have.length(2);
        expect(server.bodies[1]).to.have.keys(
          ...Object.keys(server.bodies[0]).filter((key) => key !== 'temperature'),
        );
        expect(warnings()).to.deep.equal([]);
      });

      it(`has the field of a refused value named as ${how} write it`, async () => {
        for (const [field, [fields, param]] of Object.entries(renamed)) {
          answer = () => ({
            status: 422,
            error: { detail: [{ loc: ['body', field], msg: 'Input is out of range' }] },
          });
          const { status, text } = await post(path, { ...plain, ...fields, stream });
          expect(status).to.equal(400);
          expect(JSON.parse(text).error, field).to.include({ code: 'upstream_bad_request', param });
          expect(server.bodies.at(-1), field).to.have.property(field);
        }
      });

      it(`enforces a schema for ${how}, without words in the prompt`, async () => {
        // As a grammar does, it holds to whatever schema the field has.
        answer = ({ response_format: format }) =>
          format?.type === 'json_schema' ? RIGHT : 'Sure, Oslo it is.';
        const { status, text } = await post(path, { ...plain, ...schema, stream });
        expect(status).to.equal(200);
        expect(plainText(text)).to.contain('Oslo').and.not.to.contain('invalid_json_answer');
        expect(server.bodies).to.have.length(1);
        expect(server.bodies[0].response_format.json_schema.schema).to.deep.equal(SCHEMA);
        expect(server.bodies[0].messages).to.deep.equal([user('Hi')]);
      });

      it(`gets a schema for ${how} in the prompt if it has no schemas, at once from the second request on`, async () => {
        answer = ({ response_format: format }) =>
          format?.type === 'json_schema' ? refuse('This response_format type is unavailable now') : RIGHT;
        for (let i = 0; i < 2; i++)
          expect((await post(path, { ...plain, ...schema, stream })).status).to.equal(200);
        expect(server.bodies).to.have.length(3);
        for (const body of server.bodies.slice(1)) {
          expect(body.response_format).to.deep.equal({ type: 'json_object' });
          expect(body.messages[0].content).to.contain(JSON.stringify(SCHEMA));
        }
        expect(warnings()[0]).to.include({ field: 'response_format.json_schema' });
      });

      it(`gets a schema that it cannot enforce in the prompt for ${how}, and the next one as a field again`, async () => {
        answer = ({ response_format: { json_schema: wanted = {} } }) =>
          wanted.schema?.additionalProperties === false ? refuse('failed to parse grammar') : RIGHT;
        expect((await post(path, { ...plain, ...schema, stream })).status).to.equal(200);
        const wider = JSON.parse(
          JSON.stringify(schema).replace('"additionalProperties":false', '"minProperties":1'),
        );
        expect((await post(path, { ...plain, ...wider, stream })).status).to.equal(200);
        expect(server.bodies.map((body) => body.response_format.type)).to.deep.equal([
          'json_schema',
          'json_object',
          'json_schema',
        ]);
        expect(warnings()).to.deep.equal([]);
      });

      it(`gets a schema for ${how} in the prompt as well once it has ignored one`, async () => {
        answer = ({ messages }) => (messages[0].role === 'system' ? RIGHT : `Sure: ${RIGHT}, have fun`);
        for (let i = 0; i < 3; i++) {
          const { status, text } = await post(path, { ...plain, ...schema, stream });
          expect(status).to.equal(200);
          expect(plainText(text)).to.contain('Oslo').and.not.to.contain('have fun');
        }
        const words = server.bodies.map(({ messages }) => messages.length > 1);
        expect(words).to.deep.equal([false, true, true]);
        for (const body of server.bodies) expect(body.response_format.type).to.equal('json_schema');
        expect(warnings()).to.have.length(1);
        expect(warnings()[0].field).to.equal('response_format.json_schema ignored');
      });

      it(`is made to call a named tool for ${how}`, async () => {
        answer = ({ tool_choice: choice, tools }) =>
          choice === 'required' ? { call: tools[0].function.name, arguments: '{}' } : 'I would rather talk.';
        const { status, text } = await post(path, { ...plain, ...named, stream });
        expect(status).to.equal(200);
        expect(text).to.contain('"listen"').and.to.contain('call_1');
        expect(server.bodies[0].tools.map((tool: Json) => tool.function.name)).to.deep.equal(['listen']);
        expect(server.bodies[0].messages).to.deep.equal([user('Hi')]);
      });

      it(`is asked in the prompt to call a tool for ${how} if it does not support that choice`, async () => {
        answer = ({ tool_choice: choice }) =>
          choice === 'required' ? refuse('Tool choice must be auto') : { call: 'listen', arguments: '{}' };
        for (let i = 0; i < 2; i++) {
          const { status, text } = await post(path, { ...plain, ...named, stream });
          expect(status).to.equal(200);
          expect(text).to.contain('"listen"');
        }
        expect(server.bodies).to.have.length(3);
        expect(server.bodies[2].tool_choice).to.equal('auto');
        expect(server.bodies[2].messages[0].content).to.contain('must be a call of the tool "listen"');
      });
    }
  }

  it('is asked in the prompt as well after an answer that does not fit the schema', async () => {
    // As a grammar does that knows fewer keywords than the schema.
    answer = ({ messages }) => (messages.length === 1 ? '{"city":7}' : RIGHT);
    const fields = { ...PROTOCOLS['chat completions']?.schema, messages: [user('Hi')], stream: false };
    for (let i = 0; i < 2; i++) expect((await post('/v1/chat/completions', fields)).status).to.equal(200);
    const [first, second, again] = server.bodies;
    expect(first.messages).to.have.length(1);
    expect(second.response_format).to.deep.equal(first.response_format);
    expect(second.messages.map(({ role }: Json) => role)).to.deep.equal([
      'system',
      'user',
      'assistant',
      'user',
    ]);
    expect(again.messages).to.have.length(1);
    expect(warnings()).to.deep.equal([]);
  });

  it('enforces a schema that stands beside the type, as llama.cpp has it', async () => {
    answer = ({ response_format: format }) => (format?.type === 'json_schema' ? RIGHT : 'Sure, Oslo it is.');
    for (const type of ['json_object', 'json_schema']) {
      const fields = { messages: [user('Hi')], response_format: { type, schema: SCHEMA }, stream: false };
      const { status, text } = await post('/v1/chat/completions', fields);
      expect(status).to.equal(200);
      expect(plainText(text)).to.contain(RIGHT);
    }
    for (const { response_format: format } of server.bodies) {
      expect(format.json_schema).to.deep.equal({ name: 'answer', schema: SCHEMA });
    }
  });

  it('is told whether the client wants its schema enforced strictly', async () => {
    answer = () => RIGHT;
    for (const strict of [true, false, undefined]) {
      const format = { type: 'json_schema', json_schema: { name: 'trip', strict, schema: SCHEMA } };
      await post('/v1/chat/completions', { messages: [user('Hi')], response_format: format });
      expect(server.bodies.at(-1).response_format).to.deep.equal(JSON.parse(JSON.stringify(format)));
    }
  });

  it('causes no prompt in the log', async () => {
    answer = ({ stream_options: options, messages }) =>
      options ? refuse(`Unknown parameter: 'stream_options' in ${JSON.stringify(messages)}`) : 'all is well';
    await post('/v1/chat/completions', { messages: [user('a canary sings')], stream: false });
    expect(warnings()).to.have.length(1);
    expect(rig.log).not.to.contain('canary');
  });
});
