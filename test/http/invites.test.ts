/** Invites: a link that gives a colleague a key, once. */
import { expect } from 'chai';
import { jsonOf, useGateway } from '../support/gateway.js';
import { ADMIN, admin } from '../support/team.js';

describe('An invite', () => {
  const rig = useGateway({
    form: 'zai',
    env: { ADMIN_PASSWORD: ADMIN, PUBLIC_URL: 'https://ai.example.com' },
  });

  async function invite(member: string): Promise<string> {
    const { status, body } = await admin(rig.url, 'POST', '/invites', { member });
    expect(status).to.equal(201);
    expect(body.url).to.match(/^https:\/\/ai\.example\.com\/join#[\w-]{43}$/);
    return body.url.split('#')[1];
  }
  const take = (token: string) =>
    fetch(`${rig.url}/join`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
  const status = async (key: string) =>
    (await rig.ask('sim:say(ok)', { headers: { authorization: `Bearer ${key}` }, stream: false })).status;

  it('gives a key that works, once, however many take it at the same time', async () => {
    const token = await invite('bob');
    const answers = await Promise.all(Array.from({ length: 4 }, () => take(token)));
    expect(answers.map((answer) => answer.status).sort()).to.deep.equal([201, 404, 404, 404]);
    const made = await jsonOf(answers.find((answer) => answer.status === 201) as Response);
    expect(made).to.include({ name: 'bob', member: 'bob', base_url: 'https://ai.example.com/v1' });
    expect(await status(made.key)).to.equal(200);
    const { body } = await admin(rig.url, 'GET', '/audit?limit=1');
    expect(body.data[0]).to.include({ actor: 'invite', action: 'invite.accept', target: 'bob/bob' });
  });

  it('is not used up by opening its page, whose script and texts are the gateway’s own', async () => {
    const token = await invite('cid');
    const page = await fetch(`${rig.url}/join`, { headers: { 'accept-language': 'zh' } });
    expect(page.status).to.equal(200);
    expect(page.headers.get('content-security-policy')).to.contain("default-src 'self'");
    expect(page.headers.get('referrer-policy')).to.equal('no-referrer');
    expect(await page.text()).to.contain('生成我的密钥');
    expect((await take(token)).status).to.equal(201);
  });

  it('ends with the next one of its member, and so does the key that nobody used', async () => {
    const first = await invite('dan');
    const second = await invite('dan');
    expect((await take(first)).status).to.equal(404);
    const unseen = await jsonOf(await take(second));
    const third = await invite('dan');
    expect(await status(unseen.key)).to.equal(401);
    const seen = await jsonOf(await take(third));
    expect(await status(seen.key)).to.equal(200);
    await invite('dan');
    expect(await status(seen.key)).to.equal(200);
  });

  it('ends with its member', async () => {
    const token = await invite('eve');
    await admin(rig.url, 'DELETE', '/members/eve');
    expect((await take(token)).status).to.equal(404);
  });

  it('is listed without its link, and no log has its token', async () => {
    const token = await invite('fay');
    const { body } = await admin(rig.url, 'GET', '/invites');
    expect(body.data.map(({ member }: { member: string }) => member)).to.include('fay');
    await take(token);
    await take(token);
    expect(JSON.stringify(body) + rig.log).not.to.contain(token);
  });

  it('cannot be guessed: wrong tokens are limited by address', async () => {
    const token = await invite('gus');
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 21; attempt += 1)
      statuses.push((await take(`wrong-token-${'x'.repeat(30)}`)).status);
    expect(statuses.at(-1)).to.equal(429);
    expect((await take(token)).status).to.equal(429);
  });
});

describe('The first invite', () => {
  const rig = useGateway({ form: 'zai', env: { ADMIN_PASSWORD: ADMIN, DEFAULT_KEY: '' } });

  it('ends the well-known key', async () => {
    const ask = () =>
      rig.ask('sim:say(ok)', { headers: { authorization: 'Bearer sk-your-key' }, stream: false });
    expect((await ask()).status).to.equal(200);
    await admin(rig.url, 'POST', '/invites', { member: 'bob' });
    expect((await ask()).status).to.equal(401);
  });
});
