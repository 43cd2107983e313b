/**
 * Names of all keys in Redis. Keys that one script uses share a hash tag, so that they are in one slot of a cluster.
 *
 * | key | type | lifetime |
 * |---|---|---|
 * | `conv:{DIGEST}` | string: `t:TOKEN` and the other states in scripts.ts | 1 h after its last use |
 * | `claim:{DIGEST}` | string: owner of the claim to mint | 15 s |
 * | `{spares}` | sorted set: token by expiry time | 5 min each |
 * | `{replicas}` | hash: replica id → announcement | 10 s of silence, removed by the next announcement; at most 1 h |
 * | `{replicas}:lost` | sorted set: replica id by the time of its last announcement | 1 h, 100 entries |
 * | `{stats}:applied:REPLICA` | string: number of the last batch applied | 2 d |
 * | `{stats}:requests` | list of the newest records | 1,000 entries |
 * | `{stats}:total`, `:m…`, `:h…` | hash of counters | never, 2 h, 31 d |
 * | `{stats}:KIND:total`, `:h…`, `:d…` | hash of counters by label | never (bounded labels), 31 d, 400 d |
 * | `{stats}:KIND:names` | set of the labels that are counted separately | 50 models, 500 keys, 100 errors, 100 groups |
 * | `{stats}:addr:h…:n`, `:401`, `:429` | sorted set: requests by client address | 2 h, 1,000 entries |
 * | `{stats}:use:KEY ID:h…`, `:d…` | hash of counters by model | 31 d, 400 d after the last use |
 * | `{stats}:use:keys` | sorted set: id, name and member of a key (JSON) by its last use | 400 d each |
 * | `{secret}:NAME` | string | never |
 * | `{kept}:entry:OWNER:ID` | string: a kept response, sealed | `RESPONSES_TTL` |
 * | `{kept}:ends`, `{kept}:ends:OWNER` | sorted set: `OWNER:ID:SIZE`, `ID:SIZE` by the time of its end | `RESPONSES_TTL` |
 * | `{kept}:bytes` | hash: bytes by owner | `RESPONSES_TTL` |
 * | `{queue:POOL}:groups` | hash: slot group → JSON, with its learnt limit | 31 d after its last use; 1 h for configured limits |
 * | `{queue}:limited` | set: names of pools with a learnt limit or a pause | 31 d |
 * | `{queue:POOL}:pool`, `:replicas`, `:leases`, `:waiting`, `:flows` | hashes of a pool of slots | 1 h after its last renewal |
 * | `{queue:POOL}:pauses` | hash: credential or slot group → JSON | 31 d after its last use |
 * | `{queue:POOL}:order`, `:idle` | sorted sets: waiting requests in their order, idle flows by virtual time | the same |
 * | `{team}:meta` | hash: version and epoch of the team | never |
 * | `{team}:members`, `:keys`, `:invites` | hash: id (of invites the SHA-256 of the token) → JSON | never |
 * | `{team}:digests` | hash: SHA-256 of a secret → id of its key | never |
 * | `{team}:audit` | list of changes, newest first | 10,000 entries |
 * | `{team}:admin` | string: salted hash of the admin's password | never |
 * | `{key:ID}:revision` | string: the revision of a managed key | 30 d |
 * | `{key:ID}:rate` | string: requests of a managed key | 1 min |
 * | `{member:ID}:budget:spent`, `{key:ID}:budget:spent` | hash: counter of a budget and period → amount; keys of the environment have their own | 40 d after the period, 400 d after its last use |
 * | … `:held`, `:entries`, `:leases`, `:minutes` | what open requests have reserved, and tokens of this minute | 2 d |
 * | … `:applied:REPLICA` | string: number of the last batch of settlements applied | 2 d |
 * | `{reading:NAME}:text`, `:claim` | string: what one replica read for all; that it is read | 10 min, 1 min |
 * | `{events}:log` | sorted set: events by time | 90 d, 5,000 entries |
 * | `{events}:once`, `:ended` | sorted sets: keys of events that are stored once, and of those that have ended, by time | 90 d, 5,000 entries |
 * | `{events}:alerts` | sorted set: events that wait to be sent, by the time from which they may be taken | 24 h, 100 entries |
 * | `{events}:number` | string: number of the latest event | 90 d |
 * | `{history:HOUR}:entries` | hash: request id → time and record without the address, of each hour | `HISTORY_DAYS`, 350 entries |
 * | `{history:HOUR}:newest`, `:slowest`, `:failures` | sorted sets: ids by time, duration and time | `HISTORY_DAYS`; 200, 50 and 100 entries |
 * | `{history:HOUR}:addresses` | hash: request id → client address | 24 h after the hour began |
 * | `session:SHA` | string: a session, by the SHA-256 of its token | 8 h |
 * | `limit:…` | rate limits | their window |
 * | `{probe}:TYPE` | written and deleted by checks of Redis | – |
 */
import type { LabelKind, Slot } from '../../stats/batch.js';
import type { UsagePart } from '../../stats/usage.js';

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

  usage({ id, slot }: UsagePart): string {
    return this.#stats(`use:${id}:${slot}`);
  }

  usageKeys(): string {
    return this.#stats('use:keys');
  }

  secret(name: string): string {
    return `${this.prefix}{secret}:${name}`;
  }

  /** Prefix of the keys of kept responses. */
  readonly keptEntries = () => `${this.prefix}{kept}:entry:`;

  /** Keys in the order in which the scripts of kept responses take them. */
  kept(owner: string): string[] {
    const ends = `${this.prefix}{kept}:ends`;
    return [ends, `${this.prefix}{kept}:bytes`, `${ends}:${owner}`];
  }

  /** Keys in the order in which the scripts of the queue take them. */
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
      pauses: key('pauses'),
    };
  }

  reading(name: string) {
    const tag = `${this.prefix}{reading:${encodeURIComponent(name)}}`;
    return { text: `${tag}:text`, claim: `${tag}:claim` };
  }

  limitedQueues(): string {
    return `${this.prefix}{queue}:limited`;
  }

  queueChannel(name: string): string {
    return `${this.prefix}queue:${name}`;
  }

  /** Keys of the team, in one slot. */
  team() {
    const key = (name: string) => `${this.prefix}{team}:${name}`;
    return {
      meta: key('meta'),
      members: key('members'),
      keys: key('keys'),
      invites: key('invites'),
      digests: key('digests'),
      audit: key('audit'),
      admin: key('admin'),
    };
  }

  /** Keys of one managed key, in a slot of its own: every request of the key uses them. */
  key(id: string) {
    const key = (name: string) => `${this.prefix}{key:${id}}:${name}`;
    return { revision: key('revision'), rate: key('rate') };
  }

  /** Keys of the ledger of a member, or of a key without one. */
  ledger(name: string) {
    const key = (part: string) => `${this.prefix}{${name}}:budget:${part}`;
    return {
      spent: key('spent'),
      held: key('held'),
      entries: key('entries'),
      leases: key('leases'),
      minutes: key('minutes'),
      applied: (replica: string) => key(`applied:${replica}`),
    };
  }

  /** Keys of events, in one slot. */
  events() {
    const key = (name: string) => `${this.prefix}{events}:${name}`;
    return {
      log: key('log'),
      once: key('once'),
      ended: key('ended'),
      alerts: key('alerts'),
      number: key('number'),
    };
  }

  /** Keys of an hour of the history, in one slot. */
  history(hour: number) {
    const key = (name: string) => `${this.prefix}{history:${hour}}:${name}`;
    return {
      entries: key('entries'),
      newest: key('newest'),
      slowest: key('slowest'),
      failures: key('failures'),
      addresses: key('addresses'),
    };
  }

  session(token256: string): string {
    return `${this.prefix}session:${token256}`;
  }

  teamChannel(): string {
    return `${this.prefix}team`;
  }

  limit(name: string): string {
    return `${this.prefix}limit:${name}:`;
  }

  /** Keys that checks write and delete: one for each type, all in one slot. */
  probes(): string[] {
    return ['string', 'hash', 'list', 'set', 'zset'].map((type) => `${this.prefix}{probe}:${type}`);
  }

  /** Keys that never exist. They are in many slots, so that reading them tells whether the server is part of a cluster. */
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
