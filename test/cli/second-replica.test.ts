import { expect } from 'chai';
import { SecondReplica } from '../../src/cli/team/second-replica.js';
import { loadConfig } from '../../src/config/config.js';
import { createLogger } from '../../src/logger.js';
import { openSharedState } from '../../src/store/shared-state.js';
import { LimitedUpstream } from '../support/limited-upstream.js';
import { until } from '../support/redis.js';

describe('The second replica of the team demo', () => {
  it('can be lost while it answers, and the slot is free a lease later', async () => {
    const upstream = await new LimitedUpstream(1).start();
    const config = loadConfig({
      HOST: '127.0.0.1',
      LOG_LEVEL: 'silent',
      DATA_DIR: 'none',
      DEFAULT_KEY: 'key',
      UPSTREAM_URL: upstream.url,
      UPSTREAM_PROTOCOL: 'openai',
      UPSTREAM_SLOTS: '1',
    });
    const log = createLogger(config);
    const state = await openSharedState(config, log);
    const replica = new SecondReplica(config, state, log);
    try {
      await replica.start();
      const asked = fetch(`${replica.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: 'Bearer key', 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'glm-4.6', messages: [{ role: 'user', content: 'held' }] }),
      }).catch(() => undefined);
      await until(() => upstream.inFlight === 1);
      await replica.lose();
      await asked;
      const { leases } = await state.queueStore.read('glm-4.6');
      expect(leases).to.have.length(1);
      expect(replica.url).to.equal(undefined);
    } finally {
      await state.close();
      await upstream.stop();
    }
  });
});
