import { expect } from 'chai';
import { eventsOf } from '../protocol/openai-responses/shapes.js';
import {
  type AskOptions,
  errorOf,
  type Json,
  jsonOf,
  KEY,
  RawClient,
  type Rig,
  useGateway,
} from '../support/gateway.js';

describe('POST /v1/responses', () => {
  const timing = { beginAfterMs: 20, keepAliveMs: 20, clientStallMs: 60_000 };
  const rig = useGateway({ form: 'zai', gateway: { streamTiming: timing } });

  it('streams if the request says so, and otherwise not', async () => {
    const stream = await post(rig, { input: 'sim:say(hi)', stream: true });
    expect(stream.headers.get('content-type')).to.match(/^text\/event-stream/);
    const events = eventsOf(withoutKeepAlive(await stream.text()));
    expect(events.at(-1)?.type).to.equal('response.completed');
    const whole = await post(rig, { input: 'sim:say(hi)' });
    expect(whole.headers.get('content-type')).to.match(/^application\/json/);
  });

  it('answers an error before the first event with a status and the field at fault', async () => {
    const response = await post(rig, { input: [{ type: 'item_reference', id: 'msg_1' }], stream: true });
    expect(response.status).to.equal(404);
    expect(await errorOf(response)).to.include({ param: 'input[0]', code: 'response_not_found' });
    expect(await rig.recordOf(response)).to.include({ outcome: 'caller_error', path: '/v1/responses' });
  });

  it('reports a failure after keep-alives in a complete stream, and counts it as failed', async () => {
    const response = await post(rig, {
      input: 'sim:headers-then-delay=300 sim:after=0 sim:truncate',
      stream: true,
    });
    expect(response.status).to.equal(200);
    const text = await response.text();
    expect(text).to.match(/^: keep-alive\n\n/);
    const events = eventsOf(withoutKeepAlive(text));
    expect(events.map(({ type }) => type)).to.include.members([
      'response.created',
      'response.failed',
      'error',
    ]);
    expect((await rig.recordOf(response)).outcome).to.equal('upstream_error');
  });

  it('leaves no prompts, tools or answers in log and records', async () => {
    const canary = 'canary-5d1c';
    const body = {
      instructions: `${canary} instructions`,
      input: [
        { role: 'user', content: `sim:say(${canary} answer)` },
        { type: 'function_call', call_id: canary, name: canary, arguments: `{"a":"${canary}"}` },
        { type: 'function_call_output', call_id: canary, output: canary },
        { role: 'user', content: `${canary} sim:say(${canary} answer)` },
      ],
      tools: [{ type: 'function', name: canary, parameters: {} }],
      metadata: { user: canary },
    };
    const whole = await post(rig, body);
    expect(await whole.text()).to.contain(`${canary} answer`);
    const stream = await post(rig, { ...body, stream: true });
    expect(await stream.text()).to.contain(`${canary} answer`);
    const refused = await post(rig, { ...body, input: [{ role: canary, content: canary }] });
    expect((await errorOf(refused)).message).not.to.contain(canary);
    await Promise.all([whole, stream, refused].map((response) => rig.recordOf(response)));
    expect(rig.log).not.to.contain(canary);
    expect(JSON.stringify(rig.records)).not.to.contain(canary);
  });
});

describe('A conversation in responses keeps its guest token', () => {
  const rig = useGateway({ form: 'web' });

  /** One turn; tells the output and the token that it came with. */
  async function turn(input: unknown, { headers = {}, ...fields }: AskOptions = {}) {
    const from = rig.upstreamChats.length;
    const response = await post(rig, { input, ...fields }, headers);
    const body = await jsonOf(response);
    expect(body.status, JSON.stringify(body.error)).to.equal('completed');
    const used = rig.upstreamChats.slice(from).map((chat) => chat.headers.authorization);
    expect(used).to.have.length(1);
    return { output: body.output as Json[], token: used[0] };
  }

  it('over the turns of a loop of tools, by its texts and calls', async () => {
    const tools = ['a', 'b'].map((name) => ({ type: 'function', name, parameters: { type: 'object' } }));
    const input: Json[] = [{ role: 'user', content: 'Go. sim:tools' }];
    const asked = new Set<unknown>();
    const types: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const { output, token } = await turn(input, { tools, reasoning: { effort: 'high' } });
      asked.add(token);
      types.push(output.map(({ type }) => type).join());
      input.push(...output);
      for (const { type, call_id } of output) {
        if (type === 'function_call') input.push({ type: 'function_call_output', call_id, output: 'done' });
      }
    }
    expect(types).to.deep.equal(['reasoning,function_call', 'reasoning,function_call', 'reasoning,message']);
    expect(asked).to.have.property('size', 1);
  });

  const ids: [string, AskOptions, AskOptions][] = [
    ['session_id', { headers: { session_id: 's-1' } }, { headers: { session_id: 's-2' } }],
    ['prompt_cache_key', { prompt_cache_key: 'p-1' }, { prompt_cache_key: 'p-2' }],
    [
      'metadata.conversation_id',
      { metadata: { conversation_id: 'c-1' } },
      { metadata: { conversation_id: 'c-2' } },
    ],
  ];
  for (const [name, one, other] of ids) {
    it(`by its ${name}`, async () => {
      const first = await turn('sim:say(x)', one);
      expect((await turn('Something else. sim:say(y)', one)).token).to.equal(first.token);
      expect((await turn('sim:say(x)', other)).token).not.to.equal(first.token);
    });
  }
});

describe('Unsupported operations on responses', () => {
  const rig = useGateway({ form: 'zai' });

  it('include cancelling', async () => {
    const response = await fetch(`${rig.url}/v1/responses/resp_1/cancel`, { method: 'POST' });
    expect(response.status).to.equal(404);
    expect((await errorOf(response)).message).to.contain('do not run in the background');
  });

  it('include compaction', async () => {
    const response = await fetch(`${rig.url}/v1/responses/compact`, { method: 'POST' });
    expect((await errorOf(response)).message).to.contain('no compaction');
  });

  it('include WebSockets, with the status at which agents fall back to HTTP', async () => {
    const client = await RawClient.connect(rig.port);
    client.write(
      'GET /v1/responses HTTP/1.1',
      'Host: gateway',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      '',
      '',
    );
    const text = await client.until(/"code":"websocket_unsupported"/);
    expect(text)
      .to.match(/^HTTP\/1\.1 426 /)
      .and.to.contain('send POST /v1/responses');
    client.leave();
  });

  it('are a 405 for other methods', async () => {
    const response = await fetch(`${rig.url}/v1/responses`);
    expect(response.status).to.equal(405);
    expect(response.headers.get('allow')).to.equal('POST');
    expect((await fetch(`${rig.url}/v1/responses/`, { method: 'POST' })).status).to.equal(401);
  });
});

function post(rig: Rig, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${rig.url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'GLM-4.5', ...body }),
  });
}

function withoutKeepAlive(stream: string): string {
  return stream.replaceAll(': keep-alive\n\n', '');
}
