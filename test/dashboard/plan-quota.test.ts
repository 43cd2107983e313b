import { expect } from 'chai';
import type { QuotaForm } from '../../src/simulator/quota.js';
import { type Simulator, startSimulator } from '../../src/simulator/server.js';
import { type Json, jsonOf, Rig } from '../support/gateway.js';
import { until } from '../support/redis.js';

const TOKEN = '0123456789abcdef0123456789abcdef.secret12';
const PATH = '/api/monitor/usage/quota/limit';

describe('The quota of a coding plan', () => {
  let simulator: Simulator;
  let rig: Rig;

  const start = async (path: string, form: QuotaForm = 'credits') => {
    simulator = await startSimulator({ apiKey: TOKEN });
    simulator.setQuotaForm(form);
    rig = await new Rig().start({
      form: 'zai',
      env: { UPSTREAM_URL: `${simulator.url}${path}`, ZAI_TOKEN: TOKEN },
    });
  };
  afterEach(async () => {
    await rig.stop();
    await simulator.close();
  });

  const asked = () => simulator.requests.filter((request) => request.path.startsWith(PATH));
  const readJson = async (): Promise<Json> =>
    (await jsonOf(await fetch(`${rig.url}/dashboard/stats`))).plan_quotas;
  const readPage = async (language = 'en') =>
    (await fetch(`${rig.url}/dashboard/upstreams?lang=${language}`)).text();

  it('is shown with used, left and reset, and read once, beside the requests', async () => {
    await start('/api/coding/paas/v4');
    await until(async () => (await readJson())[0]?.windows !== null);
    const [plan] = await readJson();
    expect(plan).to.include({ name: 'default', level: 'pro' });
    expect(plan.windows.map(({ window }: Json) => window)).to.deep.equal(['mcp_month', 'five_hours', 'week']);
    expect(plan.windows[1]).to.include({ measure: 'credits', limit: 12_000, used: 0, left: 12_000 });
    expect(Date.parse(plan.windows[1].resets_at)).to.be.within(Date.now(), Date.now() + 5 * 3_600_000);
    const page = await readPage();
    expect(page)
      .to.contain('Coding plans')
      .and.to.contain('0 of 12K')
      .and.to.match(/in \d+ (h|min)/);
    expect(await readPage('zh')).to.contain('Coding Plan 额度');
    for (let time = 0; time < 3; time += 1)
      expect((await rig.ask('hello', { model: 'glm-4.6' })).status).to.equal(200);
    expect(asked()).to.have.length(1);
    expect(asked()[0]?.headers.authorization).to.equal(TOKEN);
    expect(page + rig.log).not.to.contain('secret12');
  });

  it('is unknown where the plan tells shares only, or nothing', async () => {
    await start('/api/coding/paas/v4', 'tokens');
    await until(async () => (await readJson())[0]?.windows !== null);
    const [plan] = await readJson();
    expect(plan.windows[1]).to.include({
      measure: 'tokens',
      limit: null,
      used: null,
      left: null,
      used_percent: 0,
    });
    expect(await readPage()).to.contain('unknown');
  });

  it('is unknown when the answer is empty', async () => {
    await start('/api/coding/paas/v4', 'empty');
    await until(() => asked().length > 0);
    expect(await readJson()).to.deep.equal([{ name: 'default', level: null, read_at: null, windows: null }]);
    expect(await readPage()).to.contain('unknown');
  });

  it('is not asked of other upstreams', async () => {
    await start('/api/paas/v4');
    await rig.say('hello', { model: 'glm-4.6' });
    expect(await readJson()).to.deep.equal([]);
    expect(await readPage()).to.contain(
      '<section id="quotas" data-live aria-labelledby="quotas-heading" hidden>',
    );
    expect(asked()).to.deep.equal([]);
  });
});
