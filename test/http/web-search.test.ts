/** Z.ai's own web search, asked for on chat completions. */
import { createServer } from 'node:http';
import { expect } from 'chai';
import { dataOf, type Json, joined, jsonOf, Rig, useGateway } from '../support/gateway.js';
import { listening, type TestServer } from '../upstream/servers.js';

const chunk = (fields: object) => `data: ${JSON.stringify({ id: 'one', ...fields })}\n\n`;
const said = (delta: object, finish_reason: unknown = null) => ({
  choices: [{ index: 0, delta, finish_reason }],
});
const HITS = [{ title: 'One', link: 'https://one.example', content: 'Long.', icon: '', refer: 'ref_1' }];
const ANSWER = [
  chunk(said({ role: 'assistant', content: 'It is so.' })),
  chunk({ ...said({}, 'stop'), web_search: HITS }),
  'data: [DONE]\n\n',
].join('');
const CITATION = {
  type: 'url_citation',
  url_citation: { start_index: 0, end_index: 0, url: 'https://one.example', title: 'One' },
};
const search = { type: 'web_search', web_search: { enable: true, search_engine: 'search-prime' } };

describe('Web search over Z.ai’s API', () => {
  const rig = new Rig();
  const bodies: Json[] = [];
  let server: TestServer;

  before(async () => {
    server = await listening(
      createServer(async (request, response) => {
        const parts: Buffer[] = [];
        for await (const part of request) parts.push(part);
        if (request.method === 'POST') bodies.push(JSON.parse(Buffer.concat(parts).toString()));
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end(ANSWER);
      }),
    );
    await rig.start({ form: 'zai', env: { UPSTREAM_URL: `${server.url}/api/paas/v4` } });
  });
  after(async () => {
    await rig.stop();
    await server.close();
  });

  it('is passed on, and its hits come back as annotations, whole', async () => {
    const body = await jsonOf(await rig.ask('Is it so?', { stream: false, tools: [search] }));
    expect(bodies.at(-1).tools).to.deep.equal([search]);
    expect(body.choices[0].message).to.deep.include({ content: 'It is so.', annotations: [CITATION] });
  });

  it('is passed on, and its hits come back as annotations, streamed', async () => {
    const data = dataOf(await (await rig.ask('Is it so?', { stream: true, tools: [search] })).text());
    const chunks = data.filter((one) => one !== '[DONE]');
    expect(joined(chunks)).to.equal('It is so.');
    const annotations = chunks.map((one) => one.choices[0].delta.annotations).filter(Boolean);
    expect(annotations).to.deep.equal([[CITATION]]);
    expect(chunks.at(-1).choices[0].finish_reason).to.equal('stop');
  });
});

describe('Web search over other upstreams', () => {
  for (const form of ['web', 'self-hosted'] as const) {
    const rig = useGateway({ form });
    it(`is left out over ${form}, and the answer comes without it`, async () => {
      expect(await rig.say('sim:say(fine)', { tools: [search] })).to.equal('fine');
      expect(JSON.stringify(rig.upstreamChats.at(-1)?.body)).not.to.contain('search-prime');
    });
  }
});
