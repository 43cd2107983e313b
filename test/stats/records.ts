/** Records of requests, and batches of them, for the tests of what counts and keeps them. */
import { BatchBuilder, type StatsBatch } from '../../src/stats/batch.js';
import type { RequestRecord } from '../../src/stats/request-record.js';

/** A request that went well, but for what is said otherwise. */
export function recordOf(more: Partial<RequestRecord> = {}): RequestRecord {
  return {
    requestId: 'request-1',
    traceId: undefined,
    finishedAt: 1_759_400_000_000,
    method: 'POST',
    path: '/v1/chat/completions',
    keyName: 'alice',
    keyId: 'env:alice',
    member: undefined,
    model: 'GLM-4.5',
    servedModel: undefined,
    upstream: undefined,
    streamed: true,
    status: 200,
    outcome: 'ok',
    code: undefined,
    param: undefined,
    durationMs: 1_000,
    firstTokenMs: 200,
    ownMs: 1,
    queueMs: undefined,
    attempts: 1,
    slotMs: undefined,
    slotGroup: undefined,
    usage: { promptTokens: 10, completionTokens: 20, totalTokens: 30 },
    pricing: 'priced',
    cost: { USD: 120 },
    clientAddress: '192.0.2.1',
    userAgent: 'test/1.0',
    ...more,
  };
}

/** What one replica would send for these records. */
export function batchOf(
  replica: string,
  number: number,
  records: readonly RequestRecord[],
  zone = 'UTC',
): StatsBatch {
  const builder = new BatchBuilder(zone);
  for (const record of records) builder.add(record);
  return builder.build(replica, number);
}

/** So many records with ids and finish times that count up, but for what is said otherwise. */
export function manyRecords(count: number, more: (index: number) => Partial<RequestRecord> = () => ({})) {
  return Array.from({ length: count }, (_, index) =>
    recordOf({ requestId: `request-${index}`, finishedAt: 1_759_400_000_000 + index, ...more(index) }),
  );
}
