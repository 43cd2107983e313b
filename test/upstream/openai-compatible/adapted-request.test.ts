import { expect } from 'chai';
import type { CompletionRequest, ContentPart, Message } from '../../../src/completion/request.js';
import { OpenaiCompatibleUpstream } from '../../../src/upstream/openai-compatible/client.js';
import { Connection } from '../../../src/upstream/transport/connection.js';
import { type ChatAnswer, type ChatBody, type ChatServer, startChatServer } from '../servers.js';
import { contextWith, outcomeOf, request } from '../support.js';

const TIMEOUTS = { connectTimeoutMs: 5_000, firstByteTimeoutMs: 5_000, idleTimeoutMs: 5_000 };
const HOUR_MS = 3_600_000;
const MODEL = { id: 'glm-4.6', name: 'glm-4.6' };
const BASE = ['model', 'messages', 'stream'];

/** Refuses all fields but these, as Cerebras does: every one, by its path. */
const knowing =
  (...fields: string[]) =>
  (body: ChatBody): ChatAnswer => {
    const unknown = Object.keys(body).filter((field) => !BASE.includes(field) && !fields.includes(field));
    const message = unknown.map((field) => `${field}: property '${field}' is unsupported`).join('\n');
    return unknown.length === 0 ? 'fine' : { status: 400, error: { message, param: 'validation_error' } };
  };

/** The same, but it names the first one alone, as a decoder does that stops there. */
const decoding =
  (...fields: string[]) =>
  (body: ChatBody): ChatAnswer => {
    const unknown = Object.keys(body).find((field) => !BASE.includes(field) && !fields.includes(field));
    return unknown === undefined
      ? 'fine'
      : {
          status: 422,
          error: { detail: `unknown field \`${unknown}\`, expected one of \`model\`, \`stop\`` },
        };
  };

describe('A request to a server that knows fewer fields', () => {
  let server: ChatServer;
  let refused: string[];
  let now: number;

  afterEach(() => server.close());

  async function upstreamOf(answer: (body: ChatBody) => ChatAnswer, path = '/v1') {
    server = await startChatServer(answer);
    refused = [];
    now = 0;
    const options = { upstreamUrl: `${server.url}${path}`, zaiToken: 'key', upstreamUserAgent: 'test' };
    return new OpenaiCompatibleUpstream(new Connection(TIMEOUTS), options, {
      onFieldRefused: (field, model) => refused.push(`${model}: ${field}`),
      now: () => now,
    });
  }

  const ask = (upstream: OpenaiCompatibleUpstream, more: Partial<CompletionRequest> = {}) =>
    outcomeOf((sink) => upstream.stream(request('Hi', { model: MODEL, ...more }), contextWith(), sink));

  for (const [how, strict] of [
    ['at once', knowing()],
    ['one after the other', decoding()],
  ] as const) {
    it(`is made again without the gateway’s own fields, refused ${how}`, async () => {
      const upstream = await upstreamOf(strict);
      expect(await ask(upstream)).to.include({ text: 'fine', error: undefined });
      expect(server.bodies.at(-1)).to.have.all.keys(BASE);
      expect(refused).to.have.members(['glm-4.6: stream_options', 'glm-4.6: chat_template_kwargs']);
    });
  }

  it('leaves them out from then on, for this model, and says so once', async () => {
    const upstream = await upstreamOf(knowing());
    await ask(upstream);
    server.bodies.length = 0;
    expect((await ask(upstream)).text).to.equal('fine');
    expect(server.bodies).to.have.length(1);
    expect(refused).to.have.length(2);
    await ask(upstream, { model: { id: 'glm-4.7', name: 'glm-4.7' } });
    expect(server.bodies).to.have.length(3);
  });

  it('tries them again after an hour', async () => {
    let strict = true;
    const upstream = await upstreamOf((body) => (strict ? knowing()(body) : 'fine'));
    await ask(upstream);
    strict = false;
    now = HOUR_MS - 1;
    await ask(upstream);
    expect(server.bodies.at(-1)).to.have.all.keys(BASE);
    now = HOUR_MS;
    await ask(upstream);
    expect(server.bodies.at(-1)).to.include.keys('stream_options', 'chat_template_kwargs');
    expect(server.bodies).to.have.length(4);
  });

  it('reaches Z.ai’s API without what its code 1210 names', async () => {
    const upstream = await upstreamOf(
      (body) =>
        body.tool_stream === undefined
          ? 'fine'
          : { status: 400, error: { error: { code: '1210', message: '该模型不支持参数 tool_stream' } } },
      '/api/paas/v4',
    );
    expect((await ask(upstream, { tools: [{ name: 'look' }] })).text).to.equal('fine');
    expect(server.bodies.map((body) => body.tool_stream)).to.deep.equal([true, undefined]);
    expect(server.bodies.at(-1)).to.have.property('thinking');
    expect(refused).to.deep.equal(['glm-4.6: tool_stream']);
  });

  it('reaches a server that does not want reasoning back', async () => {
    const upstream = await upstreamOf((body) => {
      const at = body.messages.findIndex((message: ChatBody) => message.reasoning_content !== undefined);
      const place = `messages.${at}.assistant.reasoning_content`;
      return at === -1
        ? 'fine'
        : { status: 400, error: { message: `${place}: property '${place}' is unsupported` } };
    });
    const messages: CompletionRequest['messages'] = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello', reasoning: 'Hm.' },
      { role: 'user', content: 'Go on' },
      { role: 'assistant', content: 'I do', reasoning: 'Hm!' },
      { role: 'user', content: 'Thanks' },
    ];
    expect((await ask(upstream, { messages })).text).to.equal('fine');
    expect(server.bodies).to.have.length(2);
    expect(JSON.stringify(server.bodies[1])).not.to.contain('reasoning_content');
    expect(refused).to.deep.equal(['glm-4.6: messages.reasoning_content']);
  });

  it('is made again after an error event in a stream that began with 200', async () => {
    // Asked for a stream, some servers begin it before they look at the request.
    const upstream = await upstreamOf((body) =>
      body.stream_options === undefined
        ? 'fine'
        : { status: 200, error: { message: "Unknown parameter: 'stream_options'." } },
    );
    expect((await ask(upstream)).text).to.equal('fine');
    expect(refused).to.deep.equal(['glm-4.6: stream_options']);
  });

  it('takes a 500 that names an unknown field for what it is', async () => {
    const upstream = await upstreamOf((body) =>
      body.chat_template_kwargs === undefined
        ? 'fine'
        : {
            status: 500,
            error: { error: { message: "got an unexpected keyword argument 'chat_template_kwargs'" } },
          },
    );
    expect((await ask(upstream)).text).to.equal('fine');
    expect(server.bodies).to.have.length(2);
  });

  const clientFields: [field: string, sampling: CompletionRequest['sampling']][] = [
    ['temperature', { temperature: 0.5 }],
    ['top_k', { topK: 5 }],
    ['seed', { seed: 1 }],
    ['logit_bias', { logitBias: { '1': 1 } }],
    ['repetition_penalty', { repetitionPenalty: 1.1 }],
  ];
  for (const [field, sampling] of clientFields) {
    it(`is the client’s 400 where the client sent ${field}, and changes nothing for others`, async () => {
      const upstream = await upstreamOf(knowing('stream_options', 'chat_template_kwargs', 'repeat_penalty'));
      const { error } = await ask(upstream, { sampling });
      expect(error).to.include({
        status: 400,
        code: 'upstream_bad_request',
        param: field,
        outcome: 'caller_error',
      });
      expect(error?.message).to.contain(field);
      expect(server.bodies).to.have.length(1);
      expect((await ask(upstream)).text).to.equal('fine');
      expect(server.bodies.at(-1)).to.include.keys('stream_options', 'chat_template_kwargs');
      expect(refused).to.deep.equal([]);
    });
  }

  it('is the client’s 400 for a user or a stop text that the server does not know', async () => {
    const upstream = await upstreamOf(knowing('stream_options', 'chat_template_kwargs'));
    expect((await ask(upstream, { user: 'me' })).error).to.include({ status: 400, param: 'user' });
    expect((await ask(upstream, { stop: ['END'] })).error).to.include({ status: 400, param: 'stop' });
  });

  it('is the client’s 400 for a refused value, at once, and teaches nothing', async () => {
    const upstream = await upstreamOf((body) =>
      body.temperature === 2
        ? { status: 400, error: { error: { message: 'temperature must be between 0 and 1' } } }
        : 'fine',
    );
    const { error } = await ask(upstream, { sampling: { temperature: 2 } });
    expect(error).to.include({ status: 400, param: 'temperature' });
    expect(server.bodies).to.have.length(1);
    expect((await ask(upstream, { sampling: { temperature: 1 } })).text).to.equal('fine');
    expect(server.bodies[1]).to.include({ temperature: 1 });
    expect(refused).to.deep.equal([]);
  });

  it('learns nothing from a request that fails without the field, too', async () => {
    // An error that quotes the client may say anything.
    const upstream = await upstreamOf((body) =>
      body.user === undefined
        ? 'fine'
        : { status: 400, error: { error: { message: `bad user: ${body.user}` } } },
    );
    const user = "Unknown parameter: 'stream_options'";
    expect((await ask(upstream, { user })).error).to.include({ status: 400 });
    expect(server.bodies).to.have.length(2);
    await ask(upstream);
    expect(server.bodies.at(-1)).to.include.keys('stream_options');
    expect(refused).to.deep.equal([]);
  });

  it('learns nothing from what is refused beside something else only', async () => {
    const upstream = await upstreamOf((body) =>
      body.parallel_tool_calls === undefined
        ? 'fine'
        : {
            status: 400,
            error: { error: { message: 'parallel_tool_calls is not supported in thinking mode' } },
          },
    );
    const more = { tools: [{ name: 'look' }], parallelToolCalls: false };
    expect((await ask(upstream, more)).text).to.equal('fine');
    expect((await ask(upstream, more)).text).to.equal('fine');
    expect(server.bodies.map((body) => body.parallel_tool_calls)).to.deep.equal([
      false,
      undefined,
      false,
      undefined,
    ]);
    expect(refused).to.deep.equal([]);
  });

  it('has a choice put into words that is refused while the model thinks, and sends it to those that do not', async () => {
    const upstream = await upstreamOf(
      ({ tool_choice: choice, chat_template_kwargs: { enable_thinking: thinks } }) =>
        choice === 'required' && thinks
          ? { status: 400, error: { error: { message: 'Thinking mode does not support this tool_choice' } } }
          : 'fine',
    );
    const more = { tools: [{ name: 'look' }], toolChoice: 'required' } as const;
    for (const thinking of [true, true, false]) await ask(upstream, { ...more, thinking });
    const choices = server.bodies.map((body) => body.tool_choice);
    expect(choices).to.deep.equal(['required', 'auto', 'required', 'auto', 'required']);
    expect(refused).to.deep.equal([]);
  });

  it('ends where a server refuses everything, whatever it is asked', async () => {
    const upstream = await upstreamOf((body) => ({
      status: 400,
      error: { error: { message: `Unknown parameters: ${Object.keys(body).join(', ')}` } },
    }));
    expect((await ask(upstream)).error).to.include({ status: 400 });
    expect(server.bodies.length).to.be.below(4);
    expect(refused).to.deep.equal([]);
  });

  it('still waits for a server that is busy between two refusals', async () => {
    let asked = 0;
    const upstream = await upstreamOf((body) => {
      asked += 1;
      return asked === 2 ? { status: 503, error: { error: { message: 'busy' } } } : decoding()(body);
    });
    expect((await ask(upstream)).text).to.equal('fine');
    expect(asked).to.equal(4);
  });

  it('may come from many at once', async () => {
    const upstream = await upstreamOf(knowing());
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(upstream)));
    expect(answers.map(({ text }) => text)).to.deep.equal(Array<string>(20).fill('fine'));
    await ask(upstream);
    expect(server.bodies.at(-1)).to.have.all.keys(BASE);
    expect(refused).to.have.length(2);
  });

  describe('that shows images of the past', () => {
    const URL = 'data:image/png;base64,iVBORw0KGgo=';
    const image = { type: 'image', url: URL, param: 'messages[2].content[0]' } as const;
    const call = { id: 'call_1', name: 'look', arguments: '{}' };
    const conversation = (last: ContentPart): Message[] => [
      { role: 'user', content: 'Look' },
      { role: 'assistant', content: '', toolCalls: [call] },
      { role: 'tool', callId: 'call_1', content: [image] },
      { role: 'user', content: [last] },
    ];
    const messages = conversation({ type: 'text', text: 'And?' });
    const showsImage = (body: ChatBody) => JSON.stringify(body).includes('"image_url"');
    const refusing =
      (status: number, message: string) =>
      (body: ChatBody): ChatAnswer =>
        showsImage(body) ? { status, error: { error: { message } } } : 'fine';

    for (const [name, status, message] of [
      ['vLLM', 400, 'glm-4.6 is not a multimodal model.'],
      ['llama.cpp', 500, 'image input is not supported - hint: you may need to provide the mmproj'],
      ['vLLM with a limit', 400, 'At most 0 image(s) may be provided in one prompt.'],
      ['DeepSeek', 422, 'messages[3]: unknown variant `image_url`, expected `text`'],
      ['OpenRouter', 404, 'No endpoints found that support image input'],
      ['a server that tells it in the stream', 200, 'This model does not support image input'],
    ] as const) {
      it(`is made again with a line in their place, as ${name} refuses them`, async () => {
        const upstream = await upstreamOf(refusing(status, message));
        expect(await ask(upstream, { messages })).to.include({ text: 'fine', error: undefined });
        expect(server.bodies.map(showsImage)).to.deep.equal([true, false]);
        expect(JSON.stringify(server.bodies[1])).to.contain('[image omitted: the upstream refused it]');
      });
    }

    it('is offered them anew with the next request, so that no client decides for others', async () => {
      const upstream = await upstreamOf(refusing(400, 'glm-4.6 is not a multimodal model.'));
      await ask(upstream, { messages });
      await ask(upstream, { messages });
      expect(server.bodies.map(showsImage)).to.deep.equal([true, false, true, false]);
      expect(refused).to.deep.equal([]);
    });

    it('is the client’s 400, at once, where the newest user message attaches one', async () => {
      const upstream = await upstreamOf(refusing(400, 'glm-4.6 is not a multimodal model.'));
      const { error } = await ask(upstream, { messages: conversation({ ...image, attached: true }) });
      expect(error).to.include({ status: 400, code: 'unsupported_content' });
      expect(server.bodies).to.have.length(1);
    });

    it('ends where the server refuses it without images, too', async () => {
      const upstream = await upstreamOf(() => ({
        status: 400,
        error: { error: { message: 'image input is not supported' } },
      }));
      expect((await ask(upstream, { messages })).error).to.include({ code: 'unsupported_content' });
      expect(server.bodies).to.have.length(2);
    });

    it('loses fields that the server does not know as well', async () => {
      const upstream = await upstreamOf((body) => {
        const answer = refusing(400, 'glm-4.6 is not a multimodal model.')(body);
        return answer === 'fine' ? knowing()(body) : answer;
      });
      expect((await ask(upstream, { messages })).text).to.equal('fine');
      expect(server.bodies.at(-1)).to.have.all.keys(BASE);
    });
  });
});
