import { expect } from 'chai';
import { STREAM_TIMING } from '../../src/http/send-stream.js';
import { type AskOptions, type Json, jsonOf, type Rig, useGateway } from '../support/gateway.js';

/** The gateway's own part, in milliseconds. */
function own({ headers }: Response): number {
  const value = headers.get('server-timing') ?? '';
  expect(value).to.match(/^gateway;dur=\d+\.\d$/);
  return Number(value.split('=')[1]);
}

describe('Server-Timing', () => {
  const rig = useGateway({
    form: 'web',
    gateway: { streamTiming: { ...STREAM_TIMING, beginAfterMs: 60 } },
  });
  const WAITED_MS = 1_000;
  /** The gateway's own part is a few, also on a machine where it waits for its turn; what was waited is not in it. */
  const OWN_MS = 800;

  const ask = async (word: string, fields: AskOptions = {}) => {
    const response = await rig.ask(word, fields);
    await response.text();
    return response;
  };
  const answers: [string, string, AskOptions, number][] = [
    ['a stream', `sim:delay=${WAITED_MS} sim:say(x)`, { stream: true }, 200],
    ['a stream that begins with a comment', `sim:headers-then-delay=${WAITED_MS}`, { stream: true }, 200],
    ['a whole answer', `sim:delay=${WAITED_MS} sim:say(x)`, { stream: false }, 200],
    ['a whole answer that came in pieces', 'sim:events=10 sim:pace=100', { stream: false }, 200],
    ['an error of the upstream', `sim:delay=${WAITED_MS} sim:status=401`, { stream: false }, 502],
    ['a caller’s error', 'sim:say(x)', { n: 2 }, 400],
    ['a refusal', 'sim:say(x)', { headers: { authorization: 'Bearer wrong' } }, 401],
  ];
  const responses = new Map<string, Response>();
  before(async () => {
    // The first request opens connections and compiles.
    await ask('sim:say(x)');
    await Promise.all(
      answers.map(async ([name, word, fields]) => void responses.set(name, await ask(word, fields))),
    );
  });
  for (const [name, , , status] of answers) {
    it(`has the gateway’s own time without the wait for the upstream on ${name}`, async () => {
      const response = responses.get(name) ?? expect.fail('there is no response');
      expect(response.status).to.equal(status);
      expect(own(response)).to.be.lessThan(OWN_MS);
      const { ownMs = Number.NaN, durationMs } = await rig.recordOf(response);
      expect(ownMs).to.be.closeTo(own(response), 0.06);
      expect(ownMs).to.be.at.most(durationMs);
    });
  }
});

describe('A request’s id', () => {
  const rig = useGateway({ form: 'zai' });

  it('is shared by response, log line, upstream call and dashboard', async () => {
    const asked = rig.upstreamRequest();
    const response = await rig.ask('sim:say(x)', { stream: false });
    const id = response.headers.get('x-request-id');
    expect(id).to.match(/^[\w-]{36}$/);
    await rig.recordOf(response);
    expect((await asked).headers['x-request-id']).to.equal(id);
    const lines = rig.logLines.filter(({ requestId }) => requestId === id);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ status: 200, outcome: 'ok', key: 'public', model: 'GLM-4.5' });
    expect((await firstShown(rig)).id).to.equal(id);
  });
});

/** The newest request that the dashboard shows, once it shows one. */
async function firstShown(rig: Rig): Promise<Json> {
  for (;;) {
    const [first] = await jsonOf(await fetch(`${rig.url}/dashboard/requests`));
    if (first) return first;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
