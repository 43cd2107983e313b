import { expect } from 'chai';
import { askWeb, eventsOf, type Json, mint, replay, useSimulator } from './client.js';

const thinking = { features: { enable_thinking: true } };

describe('the simulated web chat', () => {
  const simulator = useSimulator({ accountToken: 'an-account' });

  it('hands a guest token to who has none, and knows it again', async () => {
    const { url, minted } = simulator();
    const session = (await (await fetch(`${url}/api/v1/auths/`)).json()) as Json;
    const payload = JSON.parse(Buffer.from(session.token.split('.')[1], 'base64url').toString());
    expect(session).to.include({ role: 'guest', id: payload.id, email: payload.email });
    expect(session.email).to.match(/^Guest-\d+@guest\.com$/);
    expect(minted).to.include(session.token);
    const headers = { authorization: `Bearer ${session.token}` };
    expect(await (await fetch(`${url}/api/v1/auths/`, { headers })).json()).to.deep.equal(session);
    const models = (await (await fetch(`${url}/api/models`, { headers })).json()) as Json;
    expect(models.data.map(({ id }: Json) => id)).to.include('0727-360B-API');
  });

  it('refuses tokens that it did not mint, but for the account', async () => {
    const { url } = simulator();
    expect((await askWeb(url, 'hi', { token: 'of-somebody-else' })).status).to.equal(401);
    expect((await askWeb(url, 'hi', { token: 'an-account' })).status).to.equal(200);
  });

  it('forgets revoked tokens', async () => {
    const token = await mint(simulator().url);
    simulator().revokeTokens();
    const response = await askWeb(simulator().url, 'hi', { token });
    expect(response.status).to.equal(401);
    expect(await response.json()).to.have.property('detail');
  });

  it('fails to mint when told so', async () => {
    simulator().setMintStatus(405);
    const response = await fetch(`${simulator().url}/api/v1/auths/`);
    simulator().setMintStatus(undefined);
    expect(response.status).to.equal(405);
    expect(await response.text()).to.contain('<title>405</title>');
  });

  it('answers a question, the same each time, without thinking unless asked to think', async () => {
    const first = await eventsOf(await askWeb(simulator().url, 'Why is the sky blue?'));
    const second = await eventsOf(await askWeb(simulator().url, 'Why is the sky blue?'));
    expect(replay(first)).to.match(/^\*Simulated answer\*[\s\S]*Why is the sky blue\?/);
    expect(replay(second)).to.equal(replay(first));
    expect(first.map(({ data }) => data.phase)).not.to.include('thinking');
  });

  it('renders thinking as the web chat does', async () => {
    for (const question of ['你好', 'sim:think-long=50']) {
      const events = await eventsOf(await askWeb(simulator().url, question, thinking));
      const edit = events.find(({ data }) => data.edit_content);
      const open = replay(events.slice(0, events.indexOf(edit)));
      const reasoningOf = (document: string) =>
        /<\/summary>\n([\s\S]*?)(\n<\/details>|$)/.exec(document)?.[1];
      const document = replay(events);
      expect(events[0].data.delta_content).to.match(/^<details [^>]*>\n<summary>Thinking…<\/summary>\n> /);
      expect(events.some(({ data }) => /\n>$/.test(data.delta_content ?? ''))).to.equal(true);
      expect(edit.data.edit_index).to.equal(32);
      expect(reasoningOf(document)).to.equal(reasoningOf(open)).and.match(/🙂/);
      expect(document).to.match(/^<details type="reasoning" done="true" [\s\S]*\n<\/details>\n\*/);
      expect(events.at(-1).data).to.include({
        done: true,
        edit_index: [...document].length,
        edit_content: '',
      });
    }
  });

  it('stops early at max_tokens', async () => {
    const events = await eventsOf(
      await askWeb(simulator().url, 'sim:say(a b c d)', { params: { max_tokens: 2 } }),
    );
    expect(replay(events)).to.equal('a b');
  });

  const failures: [string, number, RegExp][] = [
    ['400-signature', 400, /"detail":"403: Signature validation failed/],
    ['405', 405, /<title>405/],
    ['429-concurrency', 429, /concurren/],
  ];
  it('fails as it is told', async () => {
    for (const [name, status, body] of failures) {
      const response = await askWeb(simulator().url, `sim:status=${name} sim:retry-after=7`);
      expect(response.status).to.equal(status);
      expect(await response.text()).to.match(body);
      if (status !== 405 && status !== 502) expect(response.headers.get('content-type')).to.match(/json/);
      expect(response.headers.get('retry-after')).to.equal('7');
    }
  });

  it('sends error bodies that are compressed, empty, broken, or a page', async () => {
    const { url } = simulator();
    const gzip = await askWeb(url, 'sim:gzip-error');
    expect(gzip.headers.get('content-encoding')).to.equal('gzip');
    expect(await gzip.json()).to.have.property('detail');
    expect(await (await askWeb(url, 'sim:empty-error')).text()).to.equal('');
    const broken = await (await askWeb(url, 'sim:broken-json-error')).text();
    expect(() => JSON.parse(broken)).to.throw();
    expect(await (await askWeb(url, 'sim:html-200')).text()).to.contain('<html');
  });

  it('fails only as often as sim:times says', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) {
      statuses.push(
        (await askWeb(simulator().url, 'sim:status=503 sim:times=2 a question of its own')).status,
      );
    }
    expect(statuses).to.deep.equal([503, 503, 200, 200]);
  });

  it('reports captcha, level and capacity inside the stream', async () => {
    const { url } = simulator();
    const [captcha] = await eventsOf(await askWeb(url, 'sim:captcha'));
    expect(captcha.data.error).to.include({
      code: 'FRONTEND_CAPTCHA_REQUIRED',
      captcha_error_type: 'missing_param',
    });
    const [level] = await eventsOf(await askWeb(url, 'sim:level'));
    expect(level.data.error.code).to.equal(403);
    const capacity = await eventsOf(await askWeb(url, 'sim:error-mid sim:events=9'));
    expect(capacity).to.have.length(4);
    expect(capacity.at(-1).data).to.include({ done: true }).and.have.property('error');
  });

  it('says so when a word is unknown or belongs to the other protocol', async () => {
    for (const question of ['sim:stal', 'sim:code=1113']) {
      const response = await askWeb(simulator().url, question);
      expect(response.status).to.equal(400);
      expect(await response.text()).to.contain(question.replace(/=.*/, ''));
    }
  });

  describe('with a prompt that tells how to call tools', () => {
    const CALL = '<tool_request name="add">\n{"a":1,"b":1}\n</tool_request>';
    const NOW = '<tool_request name="now">\n{}\n</tool_request>';
    const numbers = { a: { type: 'number' }, b: { type: 'number' } };
    const prompt = [
      'Calls look so:',
      '<tool_request name="NAME">\n{}\n</tool_request>',
      JSON.stringify({ name: 'add', parameters: { type: 'object', properties: numbers } }),
      JSON.stringify({ name: 'now' }),
    ].join('\n');
    const user = (content: string) => ({ role: 'user', content });
    const assistant = (content: string) => ({ role: 'assistant', content });

    const answerTo = async (...messages: Json[]) =>
      replay(
        await eventsOf(
          await askWeb(simulator().url, '', { messages: [{ role: 'system', content: prompt }, ...messages] }),
        ),
      );

    it('writes one call a turn, then quotes the results', async () => {
      const asked = [user('sim:tools')];
      expect(await answerTo(...asked)).to.equal(CALL);
      const once = [...asked, assistant(CALL), user('<tool_result name="add">\n2\n</tool_result>')];
      expect(await answerTo(...once)).to.equal(NOW);
      const twice = [
        ...once,
        assistant(`Well.\n\n${NOW}`),
        user('<tool_result name="now">\nnoon\n</tool_result>'),
      ];
      expect(await answerTo(...twice)).to.match(/tools said “2” and “noon”/);
    });

    it('writes all calls at once, after its thinking, in pieces', async () => {
      const messages = [{ role: 'system', content: prompt }, user('sim:tools-parallel')];
      const events = await eventsOf(await askWeb(simulator().url, '', { messages, ...thinking }));
      expect(replay(events).endsWith(`</details>\n${CALL}\n${NOW}`)).to.equal(true);
      const pieces = events.filter(({ data }) => data.phase === 'answer' && data.delta_content);
      expect(pieces.length).to.be.above(6);
    });

    it('shows a tool of its own in a block that its page hides', async () => {
      const events = await askWeb(simulator().url, '', {
        messages: [{ role: 'system', content: prompt }, user('sim:tools sim:tools-as=block')],
      });
      expect(replay(await eventsOf(events))).to.match(
        /^\n\n<glm_block view="">\{.*\}<\/glm_block><tool_request /,
      );
    });
  });

  it('fails inside the stream where it is sent native tools', async () => {
    const [event] = await eventsOf(await askWeb(simulator().url, 'hi', { tools: [] }));
    expect(event.data.error.code).to.equal('INTERNAL_ERROR');
  });
});
