/** Uses every verb of a store once or more, so that every kind of key there is exists. */
import type { Store } from '../../../src/store/store.js';
import { batchOf, manyRecords, recordOf } from '../../stats/records.js';
import { announcementOf } from '../contract-replicas.js';

export async function writeEverything(store: Store, replica: string, number: number): Promise<void> {
  await store.bindToken('bound', 'token-1');
  await store.rememberToken('remembered', 'token-1');
  await store.rememberToken('alike', 'token-1');
  await store.rememberToken('alike', `token-of-${replica}`);
  await store.bindToken('dropped', 'token-2');
  await store.forgetToken('dropped', 'token-2');
  await store.claimToken('dropped', replica);
  await store.claimToken('claimed', replica);
  await store.addSpareToken(`spare-of-${replica}`);
  await store.recordBatch(
    batchOf(replica, number, [
      ...manyRecords(40, (index) => ({ model: `model-${index}`, keyName: `key-${index}` })),
      recordOf({ status: 401, clientAddress: '192.0.2.9' }),
      recordOf({ status: 429, clientAddress: '192.0.2.9' }),
    ]),
  );
  await store.announce(announcementOf(replica));
  await store.keepResponse('ab'.repeat(16), 'cd'.repeat(16), Buffer.from('sealed'), 60_000);
  await store.shareSecret('password', 'secret-1');
}
