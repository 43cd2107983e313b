import { expect } from 'chai';
import supertest from 'supertest';
import { MemoryEvents } from '../../src/store/memory-events.js';
import { eventOf } from '../store/event-contract.js';
import { composedApp } from '../support/app.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const HOSTILE = '<script>alert(1)</script>';

describe('The page of events', () => {
  let store: MemoryEvents;
  let app: ReturnType<typeof composedApp>;

  before(async () => {
    store = new MemoryEvents();
    await store.append(eventOf({ subject: 'old', ageMs: 40 * DAY_MS }));
    for (let index = 0; index < 120; index += 1)
      await store.append(eventOf({ subject: `k${index}`, ageMs: 2 * DAY_MS - index }));
    await store.append(eventOf({ kind: 'replica_lost', subject: HOSTILE, params: {} }));
    app = composedApp({ eventStore: store });
  });

  const get = (search: string, accept = 'text/html') =>
    supertest(app).get(`/dashboard/events${search}`).set('accept', accept);

  it('shows what happened, in both languages, without running a name', async () => {
    const english = (await get('').expect(200)).text;
    expect(english).to.contain('stopped announcing itself').and.to.contain('Replica lost');
    expect(english).not.to.contain(HOSTILE);
    expect((await get('?lang=zh').expect(200)).text)
      .to.contain('副本失联')
      .and.to.contain('停止上报');
  });

  it('filters by kind and by period', async () => {
    const lost = (await get('?kind=replica_lost')).text;
    expect(lost).to.contain('stopped announcing itself').and.not.to.contain('was created by');
    const latest = (await get('?range=24h')).text;
    expect(latest).to.contain('stopped announcing itself').and.not.to.contain('was created by');
    const body = (await get('?range=7d&kind=key_created', 'application/json').expect(200)).body;
    expect(body.events).to.have.length(120);
    const day = new Date(Date.now() - 40 * DAY_MS).toISOString().slice(0, 10);
    const old = (await get(`?from=${day}&to=${day}`, 'application/json')).body;
    expect(old.events.map((event: { subject: string }) => event.subject)).to.deep.equal(['old']);
  });

  it('has pages that show every event once', async () => {
    const seen: string[] = [];
    let href: string | undefined = '?kind=key_created';
    for (let page = 0; href !== undefined && page < 10; page += 1) {
      const { text }: { text: string } = await get(href).expect(200);
      seen.push(...[...text.matchAll(/The key (\w+) was created/g)].map(([, name]) => String(name)));
      href = /id="events-older" href="\/dashboard\/events([^"]+)"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
    }
    expect(seen).to.have.length(121);
    expect(new Set(seen).size).to.equal(121);
  });

  it('is a 400 for a kind, period or place that is unknown', async () => {
    for (const [search, param] of [
      ['?kind=moon_landed', 'kind'],
      ['?range=1y', 'range'],
      ['?before=x', 'before'],
    ] as const) {
      const { body } = await get(search, 'application/json').expect(400);
      expect(body.error).to.include({ code: 'invalid_value', param });
      await supertest(app).get(`/dashboard/events.csv${search}`).expect(400);
    }
  });

  it('is a file in which no cell is a formula', async () => {
    await store.append(eventOf({ subject: '=cmd()', kind: 'key_revoked' }));
    const { text, headers } = await supertest(app).get('/dashboard/events.csv?kind=key_revoked').expect(200);
    expect(headers['content-disposition']).to.contain('ztoapi-events.csv');
    expect(text).to.match(
      /^at,kind,severity,subject,text\r\n\S+,key_revoked,info,'=cmd\(\),The key =cmd\(\) was/,
    );
  });

  it('says where alerts go, or that nobody is told', async () => {
    expect((await get('')).text).to.contain('ALERT_WEBHOOK is not set');
    const told = composedApp({ eventStore: store, alertReceivers: ['slack hooks.slack.com'] });
    const { text } = await supertest(told).get('/dashboard/events').set('accept', 'text/html');
    expect(text).to.contain('slack hooks.slack.com').and.to.contain('id="alert-test"');
  });
});
