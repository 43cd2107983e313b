import { createServer } from 'node:http';
import { expect } from 'chai';
import { errorOf, type Json, jsonOf, KEY, Rig, useGateway } from '../support/gateway.js';
import { listening } from '../upstream/servers.js';

type Protocol = 'chat' | 'Messages' | 'Responses';
const PROTOCOLS: readonly Protocol[] = ['chat', 'Messages', 'Responses'];
const QUESTION = 'sim:say(ok)';
const messages = [{ role: 'user', content: QUESTION }];

const REQUESTS: Record<Protocol, { path: string; body: object }> = {
  chat: { path: '/v1/chat/completions', body: { messages } },
  Messages: { path: '/v1/messages', body: { messages, max_tokens: 100 } },
  Responses: { path: '/v1/responses', body: { input: QUESTION } },
};

/** A level in each protocol's own field. */
const effortFields = (effort: string): Record<Protocol, object> => ({
  chat: { reasoning_effort: effort },
  // Messages think where they say so; the level alone does not.
  Messages: { thinking: { type: 'adaptive' }, output_config: { effort } },
  Responses: { reasoning: { effort } },
});
const THINKING_OFF: Record<Protocol, object> = {
  chat: { thinking: { type: 'disabled' } },
  Messages: { thinking: { type: 'disabled' } },
  Responses: { reasoning: { effort: 'none' } },
};

async function ask(rig: Rig, protocol: Protocol, fields: object): Promise<Response> {
  const { path, body } = REQUESTS[protocol];
  return fetch(`${rig.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, ...fields }),
  });
}

/** What the upstream was asked, for a request that is answered. */
async function sent(rig: Rig, protocol: Protocol, fields: object): Promise<Json> {
  const asked = rig.upstreamRequest();
  const response = await ask(rig, protocol, fields);
  expect(response.status, await response.text()).to.equal(200);
  return (await asked).body;
}

describe('Current models on the official API', () => {
  const rig = useGateway({ form: 'zai' });

  for (const protocol of PROTOCOLS) {
    for (const stream of [false, true]) {
      const how = `over ${protocol}, ${stream ? 'streamed' : 'whole'}`;

      it(`answer by their names in any spelling ${how}`, async () => {
        for (const model of [
          'GLM-5.3',
          'glm-5.3',
          'zai/glm-5.3',
          'z-ai/GLM-5.3',
          'zai-org/GLM-5.3',
          'glm-5.3[1m]',
        ]) {
          expect((await sent(rig, protocol, { model, stream })).model, model).to.equal('glm-5.3');
        }
      });

      it(`think at the requested level ${how}`, async () => {
        for (const [model, effort, level] of [
          ['GLM-5.3', 'medium', 'high'],
          ['GLM-5.3', 'low', 'low'],
          ['GLM-5.3', 'max', 'max'],
          ['GLM-5.2', 'low', 'high'],
          ['GLM-5.2', 'max', 'max'],
        ]) {
          const body = await sent(rig, protocol, {
            model,
            stream,
            ...effortFields(effort ?? '')[protocol],
          });
          expect(body, `${model} ${effort}`).to.deep.include({
            reasoning_effort: level,
            thinking: { type: 'enabled' },
          });
        }
        const body = await sent(rig, protocol, {
          model: 'GLM-5.1',
          stream,
          ...effortFields('max')[protocol],
        });
        expect(body)
          .to.deep.include({ thinking: { type: 'enabled' } })
          .and.not.have.property('reasoning_effort');
      });

      if (protocol === 'Messages') {
        it(`accept a level without a switch if they always think ${how}`, async () => {
          const fields = { stream, output_config: { effort: 'max' } };
          const always = await sent(rig, protocol, { model: 'GLM-5.3', ...fields });
          expect(always).to.deep.include({ reasoning_effort: 'max', thinking: { type: 'enabled' } });
          const levels = await sent(rig, protocol, { model: 'GLM-5.2', ...fields });
          expect(levels).to.include({ reasoning_effort: 'none' });
        });
      }

      it(`translate "off" into a value that they accept ${how}`, async () => {
        const offs = [{}, THINKING_OFF[protocol]];
        if (protocol === 'Messages') offs.push({ thinking: { type: 'between_tools' } });
        for (const fields of offs) {
          const always = await sent(rig, protocol, { model: 'GLM-5.3', stream, ...fields });
          expect(always).to.deep.include({ reasoning_effort: 'low', thinking: { type: 'enabled' } });
          const levels = await sent(rig, protocol, { model: 'GLM-5.2', stream, ...fields });
          expect(levels).to.include({ reasoning_effort: 'none' }).and.not.have.property('thinking');
          const switched = await sent(rig, protocol, { model: 'GLM-4.7', stream, ...fields });
          expect(switched)
            .to.deep.include({ thinking: { type: 'disabled' } })
            .and.not.have.property('reasoning_effort');
        }
      });
    }

    it(`that are not listed are passed on to the upstream over ${protocol}`, async () => {
      const asked = rig.upstreamRequest();
      const response = await ask(rig, protocol, { model: 'GLM-9' });
      expect((await asked).body.model).to.equal('glm-9');
      expect(response.status).to.equal(404);
    });

    it(`answer background calls with the cheapest listed model over ${protocol}`, async () => {
      expect((await sent(rig, protocol, { model: 'claude-haiku-4-5' })).model).to.equal('glm-4.7-flashx');
      expect((await sent(rig, protocol, { model: 'claude-sonnet-4-5[1m]' })).model).to.equal('glm-4.5');
    });
  }

  it('limit max_tokens to what they support', async () => {
    const fields = { max_tokens: 1_000_000 };
    for (const [model, most] of [
      ['GLM-5.3', 131_072],
      ['GLM-4.5-Air', 98_304],
      ['GLM-4.6V', 32_768],
    ] as const)
      expect((await sent(rig, 'chat', { model, ...fields })).max_tokens).to.equal(most);
  });

  it('keep the reasoning that comes back with tool calls', async () => {
    const history = [
      { role: 'user', content: 'What time is it?' },
      {
        role: 'assistant',
        content: null,
        reasoning_content: 'Hm.',
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'get_time', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'call_1', content: QUESTION },
    ];
    const body = await sent(rig, 'chat', { model: 'GLM-5.3', messages: history, reasoning_effort: 'high' });
    expect(body).to.deep.include({
      thinking: { type: 'enabled', clear_thinking: false },
      reasoning_effort: 'high',
    });
  });
});

describe('An unknown model name', () => {
  const rig = useGateway({ form: 'zai' });

  it('is a 404 that lists the models', async () => {
    const response = await ask(rig, 'chat', { model: 'llama-3' });
    expect(response.status).to.equal(404);
    const { message, code } = await errorOf(response);
    expect(code).to.equal('model_not_found');
    expect(message).to.contain('GLM-5.3').and.contain('GLM-4.5');
    expect(rig.upstreamChats).to.deep.equal([]);
  });
});

describe('A self-hosted model that is known to read text only', () => {
  /** An OpenAI-compatible server whose list tells what its model reads. */
  async function startServer(bodies: Json[]) {
    const architecture = { input_modalities: ['text'] };
    const server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      if (request.method === 'GET') {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ data: [{ id: 'glm-text', architecture }] }));
        return;
      }
      bodies.push(JSON.parse(Buffer.concat(parts).toString()));
      const choice = { index: 0, delta: { content: 'ok' }, finish_reason: 'stop' };
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`data: ${JSON.stringify({ choices: [choice] })}\n\ndata: [DONE]\n\n`);
    });
    const { url, close } = await listening(server);
    return { url, close };
  }

  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
  const seen = { role: 'user', content: [{ type: 'text', text: 'Look' }, image] };
  const later = [seen, { role: 'assistant', content: 'I see.' }, { role: 'user', content: 'And now?' }];

  it('goes on after an image of an earlier turn, and refuses one that is attached now', async () => {
    const bodies: Json[] = [];
    const server = await startServer(bodies);
    const rig = await new Rig().start({ env: { UPSTREAM_URL: `${server.url}/v1` } });
    try {
      const attached = await rig.ask('', { messages: [seen], model: 'glm-text', stream: false });
      expect(attached.status).to.equal(400);
      const { code, param, message } = await errorOf(attached);
      expect([code, param]).to.deep.equal(['unsupported_content', 'messages[0].content[1].image_url.url']);
      expect(message).to.contain('glm-text reads text only');
      expect(bodies).to.deep.equal([]);

      const answer = await rig.ask('', { messages: later, model: 'glm-text', stream: false });
      expect((await jsonOf(answer)).choices[0].message.content).to.equal('ok');
      expect(bodies[0].messages[0].content).to.match(/^Look\n\[image omitted: .*reads text only\]$/);
    } finally {
      await rig.stop();
      await server.close();
    }
  });
});

describe('A self-hosted model', () => {
  const rig = useGateway({ form: 'self-hosted' });

  it('gets the level that the client named', async () => {
    const asked = rig.upstreamRequest();
    const response = await rig.ask(QUESTION, { stream: false, reasoning_effort: 'high' });
    expect((await jsonOf(response)).choices[0].message.content).to.equal('ok');
    expect((await asked).body).to.deep.include({
      chat_template_kwargs: { enable_thinking: true },
      reasoning_effort: 'high',
    });
  });
});
