/** The queue that replicas share. Every verb is one script and one round trip; grants are told by PUBLISH. */
import {
  type EnterResult,
  type GiveBackResult,
  type Group,
  type Hopeless,
  INITIAL_MEAN_MS,
  type Lease,
  type LeaseOutcome,
  type Limits,
  type Outlook,
  type Pause,
  type PauseRequest,
  type Pauses,
  type Peers,
  type QueueRequest,
  type Registration,
  type Renewal,
  type Standing,
  type Waiting,
} from '../../queue/core/types.js';
import type { PoolView, QueueListener, QueueStore, QueueSubscription } from '../../queue/queue-store.js';
import { PAUSE_KINDS, type PauseKind } from '../../vocabulary/pauses.js';
import { Keys } from './keys.js';
import type { RedisLink, ScriptName } from './link.js';
import { LEARNT_TTL_MS } from './queue-state.js';
import { Subscriber } from './subscriber.js';

type Verb = Extract<ScriptName, `queue${string}`>;

export class RedisQueueStore implements QueueStore {
  readonly #keys: Keys;

  constructor(
    private readonly link: RedisLink,
    prefix: string,
  ) {
    this.#keys = new Keys(prefix);
  }

  get isAway(): boolean {
    return this.link.down !== undefined;
  }

  async register(pool: string, registration: Registration): Promise<Standing> {
    const held = registration.held.map(escapeNames);
    const reply = await this.#run('queueRegister', pool, JSON.stringify({ ...registration, held }));
    const [limits, pauses, now] = Array.isArray(reply) ? reply : [];
    const standing = { limits: parseLimits(limits), pauses: parsePauses(pauses), now: Number(now) };
    const isLearnt = Object.keys(standing.limits).some(
      (group) => registration.settings.groups[group] === 'auto',
    );
    if (isLearnt || Object.keys(standing.pauses).length > 0) await this.#noteLimited(pool);
    return standing;
  }

  async enter(pool: string, request: QueueRequest, replica: string): Promise<EnterResult> {
    const reply = await this.#run('queueEnter', pool, JSON.stringify(escapeNames(request)), replica);
    const [kind, group, ...more] = asStrings(reply);
    if (kind === 'granted' && group !== undefined) return { kind, group };
    if (kind === 'paused') return { kind, outlook: parseOutlook([group, ...more]) };
    if (kind === 'waiting' || kind === 'flow-full' || kind === 'pool-full') return { kind };
    return { kind: 'unregistered' };
  }

  async take(pool: string, id: string): Promise<string | undefined> {
    const group = await this.#run('queueTake', pool, id);
    return typeof group === 'string' ? group : undefined;
  }

  async leave(pool: string, id: string, outcome: LeaseOutcome, usedMs?: number): Promise<readonly string[]> {
    return asStrings(await this.#run('queueLeave', pool, id, outcome, usedMs ?? ''));
  }

  async putBack(pool: string, id: string): Promise<boolean> {
    return (await this.#run('queuePutBack', pool, id)) === 1;
  }

  async giveBack(
    pool: string,
    id: string,
    pause: PauseRequest,
    isRepeatable: boolean,
  ): Promise<GiveBackResult | undefined> {
    const reply = await this.#run('queueGiveBack', pool, id, JSON.stringify(pause), isRepeatable ? 1 : 0);
    if (!Array.isArray(reply)) return undefined;
    const [waits, began = '', isPaused, ...outlook] = asStrings(reply);
    if (began !== '') await this.#noteLimited(pool);
    return {
      isWaiting: waits === '1',
      began,
      isPaused: isPaused === '1',
      outlook: parseOutlook(outlook),
    };
  }

  async renew(
    pool: string,
    replica: string,
    { count, rank }: Peers,
    ids: readonly string[],
  ): Promise<Renewal | undefined> {
    const reply = await this.#run('queueRenew', pool, replica, count, rank, JSON.stringify(ids));
    if (!Array.isArray(reply)) return undefined;
    return {
      missing: asStrings(reply[0]),
      granted: asStrings(reply[1]),
      limits: parseLimits(reply[2]),
      pauses: parsePauses(reply[3]),
      hopeless: parseHopeless(reply[4]),
      now: Number(reply[5]),
    };
  }

  async unregister(pool: string, replica: string): Promise<void> {
    await this.#run('queueUnregister', pool, replica);
  }

  async read(pool: string): Promise<PoolView> {
    const keys = this.#keys.queue(pool);
    const [fields = {}, groups, leases, waiting, flows, pauses] = await this.link.call(async (redis) => {
      const pipeline = redis.pipeline();
      for (const key of [keys.pool, keys.groups, keys.leases, keys.waiting, keys.flows, keys.pauses])
        pipeline.hgetall(key);
      const replies = (await pipeline.exec()) ?? [];
      return replies.map(([error, hash]) => {
        if (error !== null && !error.message.startsWith('WRONGTYPE')) throw error;
        return error === null ? (hash as Record<string, string>) : {};
      });
    });
    return {
      groups: new Map(parseAll<Group>(groups)),
      pauses: new Map(parseAll<Pause>(pauses)),
      leases: parseAll<Lease>(leases).map(([, lease]) => unescapeNames(lease)),
      waiting: parseAll<Waiting>(waiting).map(([, request]) => unescapeNames(request)),
      flows: new Map(
        Object.entries(flows ?? {}).map(([flow, time]) => [decodeURIComponent(flow), Number(time) || 0]),
      ),
      meanMs: Number(fields.meanMs) || INITIAL_MEAN_MS,
    };
  }

  async listen(replica: string, listener: QueueListener): Promise<QueueSubscription> {
    const channels = [this.#keys.queueChannel(`to:${replica}`), this.#keys.queueChannel('limits')];
    return Subscriber.open(this.link, channels, {
      onConnect: () => {
        listener.onConnect();
        void this.#tellLimited(listener);
      },
      onMessage: (message) => {
        const [pool, id] = parseMessage(message);
        if (pool === undefined) return;
        if (id === undefined) listener.onLimit(pool);
        else listener.onGrant(pool, id);
      },
    });
  }

  async #noteLimited(pool: string): Promise<void> {
    const key = this.#keys.limitedQueues();
    await this.link.call((redis) => Promise.all([redis.sadd(key, pool), redis.pexpire(key, LEARNT_TTL_MS)]));
  }

  /** Pools of which other replicas, or this one before its restart, have learnt a limit or a pause. */
  async #tellLimited(listener: QueueListener): Promise<void> {
    const read = this.link.call((redis) => redis.smembers(this.#keys.limitedQueues()));
    for (const pool of await read.catch(() => [])) listener.onLimit(pool);
  }

  #run(verb: Verb, pool: string, ...args: (string | number)[]): Promise<unknown> {
    const keys = Object.values(this.#keys.queue(pool));
    return this.link.run(verb, keys, [this.#keys.queueChannel(''), pool, ...args]);
  }
}

/** Members of the order are separated by bars, and names are any text. */
function escapeNames<T extends Pick<QueueRequest, 'flow' | 'turn'>>(request: T): T {
  return { ...request, flow: encodeURIComponent(request.flow), turn: encodeURIComponent(request.turn) };
}

function unescapeNames<T extends Pick<QueueRequest, 'flow' | 'turn'>>(request: T): T {
  return { ...request, flow: decodeURIComponent(request.flow), turn: decodeURIComponent(request.turn) };
}

function asStrings(reply: unknown): string[] {
  return Array.isArray(reply) ? reply.map(String) : [];
}

/** From `GROUP, slots, …`. */
function parseLimits(reply: unknown): Limits {
  const list = asStrings(reply);
  return Object.fromEntries(
    list.flatMap((id, index) => (index % 2 === 0 ? [[id, Number(list[index + 1])]] : [])),
  );
}

/** From `NAME, pause (JSON), …`. */
function parsePauses(reply: unknown): Pauses {
  const list = asStrings(reply);
  const hash = Object.fromEntries(
    list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1] ?? '']] : [])),
  );
  return Object.fromEntries(parseAll<Pause>(hash));
}

/** From `KIND, CODE, MS`. */
function parseOutlook([reason, code = '', inMs]: readonly (string | undefined)[]): Outlook {
  const isKnown = reason !== undefined && Object.hasOwn(PAUSE_KINDS, reason);
  return { reason: isKnown ? (reason as PauseKind) : 'overloaded', code, inMs: Number(inMs) || 0 };
}

/** From `ID, KIND, CODE, MS, …`. */
function parseHopeless(reply: unknown): Hopeless[] {
  const list = asStrings(reply);
  return list.flatMap((id, index) =>
    index % 4 === 0 ? [{ id, ...parseOutlook(list.slice(index + 1, index + 4)) }] : [],
  );
}

/** Values that are JSON objects; the scripts write no others. */
function parseAll<T>(hash: Record<string, string> = {}): [string, T][] {
  return Object.entries(hash).flatMap(([name, text]): [string, T][] => {
    const value = parseJson(text);
    return typeof value === 'object' && value !== null ? [[name, value as T]] : [];
  });
}

function parseMessage(text: string): string[] {
  const value = parseJson(text);
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : [];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
