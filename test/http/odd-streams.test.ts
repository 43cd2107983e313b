/** What upstreams of other makes send, from a real server to real clients: chat, Messages and Responses, streamed and whole. */
import { createServer } from 'node:http';
import { expect } from 'chai';
import { type Json, KEY, Rig } from '../support/gateway.js';
import { listening, type TestServer } from '../upstream/servers.js';

interface Sent {
  readonly body: string;
  readonly status?: number;
  readonly type?: string;
}

/** What the client is left with, in the words of no protocol. */
interface Left {
  text: string;
  /** `tool_calls`, `max_tokens`, …: the protocol's own word; undefined when the answer has no end. */
  end: string | undefined;
  error: Json;
  status: number;
  calls: number;
}

const chunk = (delta: object, reason: unknown = null) =>
  `data: ${JSON.stringify({ id: 'one', choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;
const text = (content: string) => chunk({ content });
const DONE = 'data: [DONE]\n\n';
const STOP = chunk({}, 'stop') + DONE;
const call = (fields: object, written: string, index = 0) =>
  chunk({
    tool_calls: [
      { index, ...fields, function: { ...('id' in fields ? { name: 'rest' } : {}), arguments: written } },
    ],
  });
const TOOL = { name: 'rest', description: 'Rests.', parameters: { type: 'object', properties: {} } };

/** How each protocol asks, and where its answers have what is looked at. */
const PROTOCOLS = {
  chat: {
    path: '/v1/chat/completions',
    ask: { messages: [{ role: 'user', content: 'hi' }], tools: [{ type: 'function', function: TOOL }] },
    ends: { stop: 'stop', length: 'length', tool_calls: 'tool_calls' },
    whole: (body: Json) => ({
      text: body.choices[0].message.content ?? '',
      end: body.choices[0].finish_reason,
      calls: body.choices[0].message.tool_calls?.length ?? 0,
    }),
    streamed: (events: Json[]) => ({
      text: events.map((event) => event.choices?.[0]?.delta?.content ?? '').join(''),
      end: events.map((event) => event.choices?.[0]?.finish_reason).find(Boolean),
      calls: events.filter((event) => event.choices?.[0]?.delta?.tool_calls?.[0]?.id).length,
      error: events.find((event) => event.error)?.error,
    }),
  },
  messages: {
    path: '/v1/messages',
    ask: {
      max_tokens: 100,
      messages: [{ role: 'user', content: 'hi' }],
      tools: [{ name: TOOL.name, description: TOOL.description, input_schema: TOOL.parameters }],
    },
    ends: { stop: 'end_turn', length: 'max_tokens', tool_calls: 'tool_use' },
    whole: (body: Json) => ({
      text: body.content.map((block: Json) => block.text ?? '').join(''),
      end: body.stop_reason,
      calls: body.content.filter((block: Json) => block.type === 'tool_use').length,
    }),
    streamed: (events: Json[]) => ({
      text: events.map((event) => event.delta?.text ?? '').join(''),
      end: events.map((event) => event.delta?.stop_reason).find(Boolean),
      calls: events.filter((event) => event.content_block?.type === 'tool_use').length,
      error: events.find((event) => event.type === 'error')?.error,
    }),
  },
  responses: {
    path: '/v1/responses',
    ask: { input: 'hi', tools: [{ type: 'function', ...TOOL }] },
    ends: { stop: 'completed', length: 'incomplete', tool_calls: 'completed' },
    whole: responseOf,
    streamed: (events: Json[]) => {
      const last = events.findLast((event) =>
        /^response\.(completed|incomplete)$/.test(event.type),
      )?.response;
      const shown = events
        .map((event) => (event.type === 'response.output_text.delta' ? event.delta : ''))
        .join('');
      return {
        ...(last ? responseOf(last) : { end: undefined }),
        text: shown,
        // Agents run what is done.
        calls: events.filter((event) => event.type === 'response.output_item.done' && isCall(event.item))
          .length,
        error: events.find((event) => event.type === 'error')?.error,
      };
    },
  },
} as const;
type Protocol = keyof typeof PROTOCOLS;

function responseOf(body: Json) {
  return {
    text: body.output
      .flatMap((item: Json) => item.content ?? [])
      .map((part: Json) => part.text ?? '')
      .join(''),
    end: body.status,
    calls: body.output.filter(isCall).length,
  };
}

function isCall(item: Json): boolean {
  return item.type === 'function_call';
}

describe('Odd streams', () => {
  let server: TestServer;
  let rig: Rig;
  let sent: Sent[] = [];
  let asked = 0;

  const { random } = Math;

  before(async () => {
    Math.random = () => 0; // the shortest backoff
    server = await listening(
      createServer((request, response) => {
        request.resume();
        if (request.method === 'GET') {
          response.end('{"data":[{"id":"glm-4.6"}]}');
          return;
        }
        asked += 1;
        const {
          status = 200,
          type = 'text/event-stream',
          body,
        } = sent[Math.min(asked, sent.length) - 1] as Sent;
        response.writeHead(status, { 'content-type': type }).end(body);
      }),
    );
    rig = await new Rig().start({ env: { UPSTREAM_URL: `${server.url}/v1` } });
  });
  after(async () => {
    Math.random = random;
    await rig.stop();
    await server.close();
  });

  /** `answers`: what the upstream sends, one for each try; the last again for all further ones. */
  async function leaves(protocol: Protocol, stream: boolean, answers: Sent[]): Promise<Left> {
    sent = answers;
    asked = 0;
    const { path, ask, whole, streamed } = PROTOCOLS[protocol];
    const response = await fetch(rig.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'glm-4.6', stream, ...ask }),
    });
    const body = await response.text();
    const nothing = { text: '', end: undefined, calls: 0, error: undefined, status: response.status };
    if (response.status !== 200) return { ...nothing, error: JSON.parse(body).error };
    if (!stream) return { ...nothing, ...whole(JSON.parse(body)) };
    const events = body
      .split('\n')
      .filter((line) => line.startsWith('data: {'))
      .map((line) => JSON.parse(line.slice(6)));
    return { ...nothing, ...streamed(events) };
  }

  /** One test for each protocol, streamed and whole. */
  function everywhere(what: string, test: (protocol: Protocol, stream: boolean) => Promise<void>): void {
    it(what, async () => {
      for (const protocol of Object.keys(PROTOCOLS) as Protocol[]) {
        for (const stream of [true, false]) await test(protocol, stream);
      }
    });
  }

  /** One test for each protocol: retries are the same for streamed and whole answers, and take most of a second. */
  function inEachProtocol(what: string, test: (protocol: Protocol, stream: boolean) => Promise<void>): void {
    it(what, async () => {
      await test('chat', true);
      await test('messages', false);
      await test('responses', true);
    });
  }

  const WHOLE = JSON.stringify({
    object: 'chat.completion',
    choices: [{ message: { role: 'assistant', content: 'fine' }, finish_reason: 'stop' }],
  });
  const FINE: Record<string, string | Sent> = {
    'frames that say nothing': `: hi\n\ndata:\n\n${text('fi')}data: {}\n\nevent: ping\ndata: {}\n\n${text('ne')}${STOP}`,
    'white space and carriage returns': `\uFEFF${(text('fi') + text('ne')).replaceAll('\n', '\r\n')}data:[DONE] \r\n\r\n`,
    'content in parts':
      chunk({
        content: [
          { type: 'text', text: 'fi' },
          { type: 'text', text: 'ne' },
        ],
      }) + STOP,
    'events without empty lines between them': (text('fi') + text('ne') + STOP).replaceAll('\n\n', '\n'),
    'one JSON document a line': {
      body: (text('fi') + text('ne') + chunk({}, 'stop')).replaceAll('data: ', '').replaceAll('\n\n', '\n'),
      type: 'application/x-ndjson',
    },
    'an event stream labelled as JSON': { body: text('fine') + STOP, type: 'application/json' },
    'an event stream labelled as text': { body: text('fine') + STOP, type: 'text/plain' },
    'a whole completion labelled as a stream': { body: WHOLE },
    'a whole completion': { body: WHOLE, type: 'application/json' },
    'a glued frame after the first': `${text('fi')}data: {"id":"other","object":"chat.c${text('ne')}${STOP}`,
    'junk after the finish reason': `${text('fine')}${chunk({}, 'stop')}data: {"error":"reset"}\n\ndata: {"ch\n\n`,
  };
  for (const [what, answer] of Object.entries(FINE)) {
    everywhere(`read ${what}`, async (protocol, stream) => {
      const left = await leaves(protocol, stream, [typeof answer === 'string' ? { body: answer } : answer]);
      const end = PROTOCOLS[protocol].ends.stop;
      expect(left, `${protocol} ${stream}`).to.deep.equal({
        text: 'fine',
        end,
        calls: 0,
        error: undefined,
        status: 200,
      });
    });
  }

  everywhere('read a stream whose first frame was glued by asking again', async (protocol, stream) => {
    const glued = `data: {"id":"other","object":"chat.c${text('lost')}`;
    const left = await leaves(protocol, stream, [{ body: glued + STOP }, { body: text('fine') + STOP }]);
    expect(left).to.include({ text: 'fine', end: PROTOCOLS[protocol].ends.stop });
    expect(asked).to.equal(2);
  });

  const FAILING: Record<string, [code: string, tail: string]> = {
    'a finish reason that means failure': ['upstream_truncated', chunk({}, 'abort') + DONE],
    'an unknown finish reason': ['upstream_truncated', chunk({}, 'engine_crashed') + DONE],
    'an error on a line of its own': [
      'upstream_error',
      'error: {"code":500,"message":"CUDA","type":"server_error"}\n\n',
    ],
    'an event of the type error': ['upstream_error', `event: error\ndata: {"detail":"CUDA"}\n\n${DONE}`],
    'an error in the choice': ['upstream_error', 'data: {"choices":[{"error":{"message":"CUDA"}}]}\n\n'],
    'an overload': [
      'overloaded',
      'data: {"type":"error","error":{"type":"overloaded_error","message":"CUDA"}}\n\n',
    ],
  };
  const TRIED_AGAIN = new Set([
    'a finish reason that means failure',
    'an error on a line of its own',
    'an overload',
  ]);
  for (const [what, [code, tail]] of Object.entries(FAILING)) {
    everywhere(`tell ${what} in the middle as ${code}, never as an end`, async (protocol, stream) => {
      const left = await leaves(protocol, stream, [{ body: text('half') + tail }]);
      expect(left.end, protocol).to.equal(undefined);
      expect(left.error.code, protocol).to.equal(code);
      expect(left.error.message).to.match(/\(request id .+\)$/);
      if (stream) expect(left).to.include({ status: 200, text: 'half' });
      else expect(left.status).to.be.oneOf([502, 503, 529]);
      expect(asked).to.equal(1);
    });

    // The others take the same way.
    if (!TRIED_AGAIN.has(what)) continue;
    inEachProtocol(
      `tell ${what} before the first event as a status, after three tries`,
      async (protocol, stream) => {
        const left = await leaves(protocol, stream, [{ body: tail }]);
        expect(left.error.code, protocol).to.equal(code);
        const overloaded = protocol === 'messages' ? 529 : 503;
        expect(left.status).to.equal(code === 'overloaded' ? overloaded : 502);
        expect(asked).to.equal(3);
      },
    );
  }

  const TOO_LONG = JSON.stringify({
    error: {
      code: 400,
      message: 'the request exceeds the available context size',
      type: 'exceed_context_size_error',
    },
  });
  for (const [what, answer] of Object.entries<Sent>({
    'as 400': { status: 400, type: 'application/json', body: TOO_LONG },
    'as 500': { status: 500, type: 'application/json', body: TOO_LONG },
    'as JSON under 200': { type: 'application/json', body: TOO_LONG },
    'in the stream': { body: `data: ${TOO_LONG}\n\n` },
    'by an abort (SGLang)': {
      body: chunk(
        {},
        { type: 'abort', message: "The input is longer than the model's context length", status_code: 400 },
      ),
    },
  })) {
    everywhere(`tell of too long a prompt ${what}, once`, async (protocol, stream) => {
      const left = await leaves(protocol, stream, [answer]);
      expect(left).to.include({ status: 400 });
      expect(left.error.code).to.equal('context_length_exceeded');
      if (protocol === 'messages') expect(left.error.message).to.match(/^prompt is too long/);
      expect(asked).to.equal(1);
    });
  }

  everywhere('tell of a page in between without blaming a credential', async (protocol, stream) => {
    const page = '<html><title>Access denied</title></html>';
    const left = await leaves(protocol, stream, [{ status: 403, type: 'text/html', body: page }]);
    expect(left).to.include({ status: 502 });
    expect(left.error.message).to.contain('Access denied').and.not.to.contain('ZAI_TOKEN');
  });

  const begin = call({ id: 'call_1', type: 'function' }, '');
  everywhere('tell of one call whose arguments came twice', async (protocol, stream) => {
    const left = await leaves(protocol, stream, [
      { body: begin + call({}, '{}') + call({}, '{}') + chunk({}, 'tool_calls') + DONE },
    ]);
    expect(left).to.include({ calls: 1, end: PROTOCOLS[protocol].ends.tool_calls, error: undefined });
  });

  everywhere('tell of two calls that came by turns', async (protocol, stream) => {
    const second = call({ id: 'call_2', type: 'function' }, '{"a"', 1);
    const body = begin + second + call({}, '{}') + call({}, ':1}', 1) + chunk({}, 'tool_calls') + DONE;
    const left = await leaves(protocol, stream, [{ body }]);
    expect(left).to.include({ calls: 2, end: PROTOCOLS[protocol].ends.tool_calls, error: undefined });
  });

  everywhere('never tell half a call as a finished one', async (protocol, stream) => {
    for (const reason of ['tool_calls', 'stop', 'length']) {
      const left = await leaves(protocol, stream, [
        { body: begin + call({}, '{"command":"rm -r') + chunk({}, reason) + DONE },
      ]);
      expect(left, protocol).to.include({ end: PROTOCOLS[protocol].ends.length, error: undefined });
      if (!stream || protocol === 'responses') expect(left.calls).to.equal(0);
    }
  });
});
