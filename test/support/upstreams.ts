/** Upstream entries for tests. */
import type { UpstreamEntry } from '../../src/config/upstream-entry.js';

export function upstreamEntry(values: Partial<UpstreamEntry>): UpstreamEntry {
  return {
    name: 'team',
    url: 'https://api.z.ai/api/paas/v4',
    protocol: 'openai',
    token: 'id.secret',
    tokenVariable: undefined,
    slots: 'auto',
    priority: 1,
    models: undefined,
    fallback: {},
    owner: undefined,
    ...values,
  };
}
