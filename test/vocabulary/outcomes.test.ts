/** Every row of the table is counted and shown in each of the places where people and programs look. */
import { expect } from 'chai';
import supertest from 'supertest';
import { createLogger } from '../../src/logger.js';
import { Metrics } from '../../src/metrics/metrics.js';
import { RequestLog } from '../../src/stats/request-log.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { parseRequest } from '../../src/store/redis/shapes.js';
import { FAULTS, OUTCOME_NAMES, OUTCOMES } from '../../src/vocabulary/outcomes.js';
import { readDocument } from '../docs/markdown.js';
import { NO_QUEUE } from '../metrics/no-queue.js';
import { batchOf, recordOf } from '../stats/records.js';
import { composedApp } from '../support/app.js';

/** Pino's numbers. */
const LEVELS = { info: 30, warn: 40 };
const NO_SOURCES = {
  inFlight: () => 0,
  queued: () => 0,
  queue: NO_QUEUE,
  redis: undefined,
  guestTokens: () => ({}),
};

for (const outcome of OUTCOME_NAMES) {
  const { fault, isFailure, countsForHealth, logLevel, en, zh } = OUTCOMES[outcome];
  const record = recordOf({ outcome, finishedAt: Date.now(), replica: 'one' });
  const failed = isFailure ? 1 : 0;
  const succeeded = fault === 'none' ? 1 : 0;
  const cancelled = fault === 'left' ? 1 : 0;

  describe(`A request with the outcome ${outcome}`, () => {
    const store = new MemoryStore();
    const app = composedApp({ store });
    before(() => store.recordBatch(batchOf('one', 1, [record])));

    it('is counted once, as a success, a failure or a cancellation, in the JSON figures', async () => {
      const { body } = await supertest(app).get('/dashboard/stats').expect(200);
      expect(succeeded + failed + cancelled).to.equal(1);
      expect(body).to.include({
        total_requests: 1,
        successful_requests: succeeded,
        failed_requests: failed,
        cancelled_requests: cancelled,
      });
      const others = OUTCOME_NAMES.filter((name) => name !== outcome).map((name) => [name, 0]);
      expect(body.outcomes).to.deep.equal({ ...Object.fromEntries(others), [outcome]: 1 });
      expect(body.keys[0]).to.include({ key: 'alice', requests: 1, errors: failed, cancelled });
      expect(
        body.errors.map((row: { outcome: string; fault: string }) => [row.outcome, row.fault]),
      ).to.deep.equal(succeeded === 1 ? [] : [[outcome, fault]]);
    });

    it('changes the status only if it says something about health', async () => {
      const { body } = await supertest(app).get('/dashboard/stats').expect(200);
      if (!countsForHealth) expect(body.status.state).to.equal('waiting');
      else if (isFailure) expect(body.status.state).to.be.oneOf(['degraded', 'refused']);
      else expect(body.status.state).to.equal('healthy');
    });

    it('is in the list of requests and in the CSV file', async () => {
      const list = await supertest(app).get('/dashboard/requests').expect(200);
      expect(list.body).to.have.length(1);
      expect(list.body[0]).to.include({ outcome, fault });
      const csv = await supertest(app).get('/dashboard/keys.csv').expect(200);
      expect(csv.text).to.match(new RegExp(`^alice,1,1\\.0000,10,20,${failed},0,${cancelled},`, 'm'));
    });

    it('is on the page with its label and its mark, in both languages, in the list and in the chart', async () => {
      for (const [language, label, chart] of [
        ['en', en, FAULTS[fault].en],
        ['zh', zh, FAULTS[fault].zh],
      ] as const) {
        const read = async (path: string) =>
          (await supertest(app).get(`${path}?lang=${language}`).set('accept', 'text/html').expect(200)).text;
        expect(await read('/dashboard/requests'))
          .to.contain(`<span class="fault ${fault}">${label}</span>`)
          .and.contain(`<option value="${outcome}">${label}</option>`);
        expect(await read('/dashboard')).to.contain(`${chart} 1`);
      }
    });

    it('is counted by the metrics', async () => {
      const metrics = new Metrics(NO_SOURCES);
      metrics.record(record);
      expect(await metrics.registry.metrics()).to.match(
        new RegExp(`^ztoapi_requests_total\\{.*outcome="${outcome}".*\\} 1$`, 'm'),
      );
    });

    it(`is one log line of level ${logLevel}`, () => {
      const lines: { level: number; outcome?: string }[] = [];
      const write = (line: string) => void lines.push(JSON.parse(line));
      new RequestLog(createLogger({ debugMode: false, logLevel: 'info' }, { write })).write(record);
      expect(lines.map((line) => [line.level, line.outcome])).to.deep.equal([[LEVELS[logLevel], outcome]]);
    });

    it('is listed in the documents about operation', () => {
      for (const file of ['docs/operations.md', 'docs/zh-CN/operations.md'])
        expect(readDocument(file), file).to.contain(`\`${outcome}\``);
    });

    it('is read back from Redis', () => {
      expect(parseRequest(JSON.stringify(record))).to.include({ outcome });
    });
  });
}
