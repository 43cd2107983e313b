import { request } from 'node:http';
import { expect } from 'chai';
import { createLogger } from '../../src/logger.js';
import { Metrics } from '../../src/metrics/metrics.js';
import { RequestLog } from '../../src/stats/request-log.js';
import { NO_QUEUE } from '../metrics/no-queue.js';
import { recordOf } from '../stats/records.js';
import { KEY, type Rig, useGateway } from '../support/gateway.js';

/** A line end, an escape of terminals, and a turn of the direction, each before a word that must stay on its line. */
const HOSTILE = 'a\nFORGED\u001b[2K\u202eb';
const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** Also sends bytes that fetch() refuses. */
function send(rig: Rig, path: string, headers: Record<string, string>, body: object): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers };
    request(
      { host: '127.0.0.1', port: rig.port, path, method: 'POST', headers: sent, agent: false },
      (res) => {
        res.resume().once('end', () => resolve(res.statusCode ?? 0));
      },
    )
      .on('error', reject)
      .end(JSON.stringify(body));
  });
}

for (const debugMode of ['true', 'false']) {
  describe(`Text of clients, with DEBUG_MODE=${debugMode}`, () => {
    const rig = useGateway({
      form: 'zai',
      env: { DEBUG_MODE: debugMode, DASHBOARD_PASSWORD: 'pass', METRICS_PORT: '' },
    });
    const messages = [{ role: 'user', content: 'sim:say(ok)' }];

    before(async () => {
      expect(await send(rig, '/v1/chat/completions', {}, { model: HOSTILE, messages })).to.equal(404);
      const agent = 'agent\u009b2K\u00adb';
      const headers = { 'user-agent': agent };
      expect(await send(rig, '/v1/chat/completions', headers, { model: 'GLM-4.5', messages })).to.equal(200);
      await rig.record(({ userAgent, outcome }) => userAgent.startsWith('agent') && outcome === 'ok');
    });

    it('cannot forge log lines or control a terminal', () => {
      const lines = rig.log.split('\n').filter(Boolean);
      expect(lines.filter((line) => line.includes('FORGED'))).to.have.length(1);
      expect(lines.filter((line) => line.startsWith('FORGED'))).to.deep.equal([]);
      for (const line of lines) expect(line).not.to.match(CONTROLS);
    });

    it('is printable in the records', () => {
      for (const { model, userAgent, path } of rig.records) {
        for (const text of [model ?? '', userAgent, path]) expect(text).not.to.match(CONTROLS);
      }
    });

    it('is printable on the dashboard and in its JSON', async () => {
      for (const accept of ['text/html', '*/*']) {
        const headers = {
          accept,
          authorization: `Basic ${Buffer.from(':pass').toString('base64')}`,
        };
        let text = '';
        // Records reach the store in batches.
        while (!text.includes('FORGED'))
          text = await (await fetch(`${rig.url}/dashboard/requests`, { headers })).text();
        expect(text.replaceAll('\n', '')).not.to.match(CONTROLS);
        expect(text).not.to.match(/\\u001b|\\u202e|&#x?(1b|202e)/i);
      }
    });
  });
}

describe('Metrics and log lines of a record', () => {
  it('keep a hostile model name on one line', async () => {
    const metrics = new Metrics({
      inFlight: () => 0,
      queued: () => 0,
      queue: NO_QUEUE,
      redis: undefined,
      guestTokens: () => ({}),
    });
    const lines: string[] = [];
    const log = createLogger(
      { debugMode: false, logLevel: 'info' },
      { write: (line) => void lines.push(line) },
    );
    const record = recordOf({ model: HOSTILE });
    metrics.record(record);
    new RequestLog(log).write(record);
    const exposed = (await metrics.registry.metrics()).split('\n');
    expect(exposed.filter((line) => line.startsWith('FORGED'))).to.deep.equal([]);
    expect(lines).to.have.length(1);
  });
});
