import { expect } from 'chai';
import { useGateway } from '../support/gateway.js';

const SDK = { accept: 'application/json', 'user-agent': 'OpenAI/JS 6.49.0' };
const CURL = { accept: '*/*', 'user-agent': 'curl/8.5.0' };
const WGET = { accept: '*/*', 'user-agent': 'Wget/1.21.4' };
const HTTPIE = { accept: 'application/json, */*;q=0.5', 'user-agent': 'HTTPie/3.2.2' };
const BARE = { accept: '*/*', 'user-agent': 'node' };
const NAMES_CURL = { accept: '*/*', 'user-agent': 'my-app (not curl/8)' };
const EVENTS = { accept: 'text/event-stream', 'user-agent': 'browser' };
const EVENTS_TOO = { accept: 'application/json, Text/Event-Stream;q=0.9', 'user-agent': 'browser' };

/** For a request that leaves `stream` out (or sends null): which clients get a stream. */
const RULES = {
  true: { streams: [CURL, WGET, HTTPIE, EVENTS, EVENTS_TOO], json: [SDK, BARE, NAMES_CURL] },
  always: { streams: [SDK, CURL, BARE, EVENTS], json: [] },
  false: { streams: [EVENTS, EVENTS_TOO], json: [SDK, CURL, WGET, HTTPIE, BARE] },
};

for (const [mode, { streams, json }] of Object.entries(RULES)) {
  describe(`DEFAULT_STREAM=${mode}`, () => {
    const rig = useGateway({ form: 'zai', env: { DEFAULT_STREAM: mode } });

    const isStream = async (headers: Record<string, string>, fields: object = {}) => {
      const response = await rig.ask('sim:say(x)', { headers, ...fields });
      await response.text();
      const isEvents = response.headers.get('content-type')?.startsWith('text/event-stream');
      expect((await rig.recordOf(response)).streamed).to.equal(isEvents);
      return isEvents;
    };

    it('decides if the body has no `stream`, or null', async () => {
      for (const headers of streams) {
        expect(await isStream(headers), JSON.stringify(headers)).to.equal(true);
        expect(await isStream(headers, { stream: null }), JSON.stringify(headers)).to.equal(true);
      }
      for (const headers of json) {
        expect(await isStream(headers), JSON.stringify(headers)).to.equal(false);
        expect(await isStream(headers, { stream: null }), JSON.stringify(headers)).to.equal(false);
      }
    });

    it('never overrides `stream` in the body', async () => {
      for (const headers of [...streams, ...json]) {
        expect(await isStream(headers, { stream: true })).to.equal(true);
        expect(await isStream(headers, { stream: false })).to.equal(false);
      }
    });
  });
}
