import { expect } from 'chai';
import supertest from 'supertest';
import { HOUR_MS } from '../../src/stats/batch.js';
import { MemoryHistory } from '../../src/store/memory-history.js';
import { at, HOUR, requests } from '../store/history-contract.js';
import { composedApp } from '../support/app.js';
import { useGateway } from '../support/gateway.js';

describe('Looking up requests', () => {
  const historyStore = new MemoryHistory(14);
  const app = composedApp({ historyStore, env: { TIME_ZONE: 'Asia/Shanghai' } });

  before(async () => {
    for (let back = 1; back < 20; back += 1)
      await historyStore.write(
        requests(60, (index) => ({
          requestId: `${back}-${index}`,
          finishedAt: at(index, HOUR - back),
          keyName: index === 3 ? 'ann' : 'ci',
          clientAddress: '192.0.2.9',
          ...(index === 5
            ? { outcome: 'upstream_error' as const, status: 502, code: 'upstream_unauthorized' }
            : {}),
        })),
      );
  });

  const page = (search: string) =>
    supertest(app).get(`/dashboard/requests?find=1&${search}`).set('accept', 'text/html');
  const json = (search: string) => supertest(app).get(`/dashboard/requests/history?${search}`);

  it('finds one by its id, with what its error means and what to do', async () => {
    const { text } = await page('text=17-5').expect(200);
    expect(text).to.contain('upstream_unauthorized');
    expect(text).to.contain('The upstream does not accept the gateway’s own credential.');
    expect((await page('text=17-5&lang=zh')).text).to.contain('上游不接受网关自己的凭据。');
    const { body } = await json('text=17-5').expect(200);
    expect(body.next).to.equal(null);
    expect(body.requests).to.have.length(1);
    expect(body.requests[0]).to.include({ id: '17-5', code: 'upstream_unauthorized' });
  });

  it('finds by key, outcome, code and time, page after page', async () => {
    const all = async (search: string) => {
      const found: { id: string }[] = [];
      let before = '';
      for (let pages = 0; pages < 30; pages += 1) {
        const { body } = await json(`${search}&before=${before}`).expect(200);
        found.push(...body.requests);
        if (body.next === null) return found;
        before = body.next;
      }
      return expect.fail('it never ends');
    };
    expect(await all('key=ann')).to.have.length(19);
    expect(await all('outcome=upstream_error&code=upstream_unauthorized')).to.have.length(19);
    const moment = (ms: number) =>
      new Date(ms + 8 * HOUR_MS).toISOString().slice(0, 'YYYY-MM-DDTHH:MM'.length);
    const inHour = await all(`from=${moment(at(0, HOUR - 4))}&to=${moment(at(HOUR_MS - 1, HOUR - 4))}`);
    expect(new Set(inHour.map(({ id }) => id.split('-')[0]))).to.deep.equal(new Set(['4']));
    expect(inHour).to.have.length(60);
  });

  it('offers to search further back on the page', async () => {
    const { text } = await page('key=ann').expect(200);
    const href = /id="history-older" href="([^"]+)"/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(href).to.contain('find=1').and.to.contain('key=ann').and.to.contain('before=');
    await supertest(app)
      .get(href.split('#')[0] ?? '')
      .set('accept', 'text/html')
      .expect(200);
  });

  it('is a 400 for a time, outcome or place that is unknown', async () => {
    for (const param of ['from', 'to', 'outcome', 'before']) {
      const { body } = await json(`${param}=yesterday`).expect(400);
      expect(body.error).to.include({ code: 'invalid_value', param });
    }
  });

  it('is not there where no history is kept', async () => {
    const without = composedApp({});
    const { text } = await supertest(without)
      .get('/dashboard/requests')
      .set('accept', 'text/html')
      .expect(200);
    expect(text).not.to.contain('history-form');
    await supertest(without).get('/dashboard/requests/history').expect(400);
  });
});

describe('The history of a gateway', () => {
  const rig = useGateway({ form: 'zai' });

  it('has a request by its id once it is over, without prompt and answer', async () => {
    const failed = await rig.ask('canary prompt sim:status=500 sim:say(canary answer)', { stream: false });
    await failed.text();
    const record = await rig.recordOf(failed);
    expect(record.attempts).to.equal(rig.upstreamChats.length).and.to.be.at.least(1);
    for (;;) {
      const response = await fetch(`${rig.url}/dashboard/requests/history?text=${record.requestId}`);
      const text = await response.text();
      const { requests: found } = JSON.parse(text);
      if (found.length > 0) {
        expect(found[0]).to.include({
          id: record.requestId,
          outcome: record.outcome,
          attempts: record.attempts,
        });
        expect(text).not.to.contain('canary');
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
});
