import { itCountsTogether } from './counts-together.js';
import { useRig } from './support.js';

describe('Three replicas behind HAProxy, with many requests', () => {
  const rig = useRig({ RATE_LIMIT: '100000', RATE_LIMITS: 'bob=100' });
  itCountsTogether(rig, { requests: 3_000, burst: 1_000 });
});
