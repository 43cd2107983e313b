/**
 * Names of all keys in Redis. What one script touches shares a hash tag, so that it lies in one slot of a cluster.
 *
 * | key | type | ends |
 * |---|---|---|
 * | `conv:{DIGEST}` | string: `t:TOKEN` and the other states in scripts.ts | 1 h after its last use |
 * | `claim:{DIGEST}` | string: the replica that mints | 15 s |
 * | `{spares}` | sorted set: token by the time of its end | 5 min each |
 * | `{replicas}` | hash: replica id → announcement | 10 s of silence, noted by another's announcement; 1 h at most |
 * | `{replicas}:lost` | sorted set: replica id by the time it was last heard of | 1 h, 100 entries |
 * | `{stats}:applied:REPLICA` | string: number of its last batch | 2 d |
 * | `{stats}:requests` | list of the newest records | 1,000 entries |
 * | `{stats}:total`, `:m…`, `:h…` | hash of counters | never, 2 h, 31 d |
 * | `{stats}:KIND:total`, `:h…`, `:d…` | hash of counters by label | never (bounded labels), 31 d, 400 d |
 * | `{stats}:KIND:names` | set of the labels told apart | 50 models, 500 keys, 100 errors |
 * | `{stats}:addr:h…:n`, `:401`, `:429` | sorted set: requests by client address | 2 h, 1,000 entries |
 * | `{secret}:NAME` | string | never |
 * | `{kept}:entry:OWNER:ID` | string: a kept response, sealed | `RESPONSES_TTL` |
 * | `{kept}:ends`, `{kept}:ends:OWNER` | sorted set: `OWNER:ID:SIZE`, `ID:SIZE` by the time of its end | `RESPONSES_TTL` |
 * | `{kept}:bytes` | hash: bytes by owner | `RESPONSES_TTL` |
 * | `{queue:POOL}:groups` | hash: slot group → JSON, with its learnt limit | never (a few bytes each) |
 * | `{queue:POOL}:pool`, `:replicas`, `:leases`, `:waiting`, `:flows` | hashes of a pool of slots | 1 h after its last renewal |
 * | `{queue:POOL}:order`, `:idle` | sorted sets: waiting requests in their order, idle flows by virtual time | the same |
 * | `limit:…` | rate limits | their window |
 * | `{probe}:TYPE` | what a check of Redis writes and deletes | at once |
 */
import type { LabelKind, Slot } from '../../stats/batch.js';

export class Keys {
  constructor(readonly prefix: string) {}

  readonly spares = () => `${this.prefix}{spares}`;
  readonly replicas = () => `${this.prefix}{replicas}`;
  readonly lostReplicas = () => `${this.prefix}{replicas}:lost`;
  readonly requests = () => this.#stats('requests');

  conversation(digest: string): string {
    return `${this.prefix}conv:{${digest}}`;
  }

  claim(digest: string): string {
    return `${this.prefix}claim:{${digest}}`;
  }

  applied(replica: string): string {
    return this.#stats(`applied:${replica}`);
  }

  counters(slot: Slot): string {
    return this.#stats(slot);
  }

  labels(kind: LabelKind, slot: Slot): string {
    return this.#stats(`${kind}:${slot}`);
  }

  labelNames(kind: LabelKind): string {
    return this.#stats(`${kind}:names`);
  }

  addresses(hour: Slot, field: string): string {
    return this.#stats(`addr:${hour}:${field}`);
  }

  secret(name: string): string {
    return `${this.prefix}{secret}:${name}`;
  }

  /** Prefix of the keys of kept responses. */
  readonly keptEntries = () => `${this.prefix}{kept}:entry:`;

  /** As the scripts of kept responses take them. */
  kept(owner: string): string[] {
    const ends = `${this.prefix}{kept}:ends`;
    return [ends, `${this.prefix}{kept}:bytes`, `${ends}:${owner}`];
  }

  /** In the order in which the scripts of the queue take them. */
  queue(pool: string) {
    const key = (name: string) => `${this.prefix}{queue:${encodeURIComponent(pool)}}:${name}`;
    return {
      pool: key('pool'),
      groups: key('groups'),
      replicas: key('replicas'),
      leases: key('leases'),
      waiting: key('waiting'),
      order: key('order'),
      flows: key('flows'),
      idle: key('idle'),
    };
  }

  queueChannel(name: string): string {
    return `${this.prefix}queue:${name}`;
  }

  limit(name: string): string {
    return `${this.prefix}limit:${name}:`;
  }

  /** Written and deleted to see whether Redis can be used: one key for each type, all in one slot. */
  probes(): string[] {
    return ['string', 'hash', 'list', 'set', 'zset'].map((type) => `${this.prefix}{probe}:${type}`);
  }

  /** Never hold anything. They lie in many slots, so that asking for them tells whether this is a cluster. */
  spreadProbes(): string[] {
    return Array.from({ length: 16 }, (_, index) => `${this.prefix}probe:${index}`);
  }

  probeChannel(): string {
    return `${this.prefix}probe`;
  }

  #stats(rest: string): string {
    return `${this.prefix}{stats}:${rest}`;
  }
}
