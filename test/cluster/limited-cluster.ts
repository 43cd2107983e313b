/** Gateway processes on one Redis in front of an upstream that admits few requests at a time. */
import { Redis } from 'ioredis';
import { type Cluster, type Part, startCluster } from '../../scripts/cluster.mjs';
import { LimitedUpstream } from '../support/limited-upstream.js';
import { until } from '../support/redis.js';
import { type AskOptions, ask, builtMain, gatewayEnvironment, type Reply } from './support.js';

export interface LimitedClusterOptions {
  readonly slots: number;
  readonly replicas: number;
  readonly env?: Record<string, string>;
  /** The gateway's entry; default: the present build. */
  readonly main?: string;
}

export interface AskLimitedOptions extends AskOptions {
  /** How long the answer takes. */
  readonly ms: number;
  readonly who?: string;
  readonly signal?: AbortSignal;
}

export class LimitedCluster {
  private constructor(
    readonly upstream: LimitedUpstream,
    readonly cluster: Cluster,
    /** A connection to Redis beside those of the gateways. */
    readonly redis: Redis,
  ) {}

  static async start({ slots, replicas, env, main }: LimitedClusterOptions): Promise<LimitedCluster> {
    const upstream = await new LimitedUpstream(slots).start();
    try {
      const cluster = await startCluster({
        replicas,
        main: main ?? builtMain(),
        env: gatewayEnvironment(upstream, {
          UPSTREAM_URL: upstream.url,
          UPSTREAM_PROTOCOL: 'openai',
          UPSTREAM_SLOTS: String(slots),
          ...env,
        }),
      });
      const redis = new Redis(cluster.redis.url, { maxRetriesPerRequest: null });
      redis.on('error', () => undefined);
      return new LimitedCluster(upstream, cluster, redis);
    } catch (error) {
      await upstream.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.redis.disconnect();
    await this.cluster.stop();
    await this.upstream.stop();
  }

  /** The gateway with this number, from 0; after the last comes the first again. */
  gateway(number: number): Part {
    const { gateways } = this.cluster;
    const gateway = gateways[number % gateways.length];
    if (gateway === undefined) throw new Error('no gateway');
    return gateway;
  }

  ask({ url }: Part, { ms, who = 'ann', ...options }: AskLimitedOptions): Promise<Reply> {
    return ask(url, `who=${who} ms=${ms}`, { key: who, ...options });
  }

  /** Occupies slots at a gateway. @returns What frees all that are held: the upstream answers. */
  async hold({ url }: Part, slots: number): Promise<() => void> {
    const before = this.upstream.inFlight;
    for (let slot = 0; slot < slots; slot += 1) void ask(url, 'who=eve held', { key: 'eve' });
    await until(() => this.upstream.inFlight === before + slots);
    return () => this.upstream.release();
  }

  /** Entries of a hash of the one pool: `waiting`, `leases`. */
  async entries(name: 'leases' | 'replicas' | 'waiting'): Promise<Map<string, Record<string, unknown>>> {
    const [key] = await this.redis.keys(`*{queue:*}:${name}`);
    const hash = key === undefined ? {} : await this.redis.hgetall(key);
    return new Map(Object.entries(hash).map(([id, text]) => [id, JSON.parse(text)]));
  }

  /** Resolves once so many requests wait. */
  waiting(count: number): Promise<void> {
    return until(async () => (await this.entries('waiting')).size === count);
  }
}
