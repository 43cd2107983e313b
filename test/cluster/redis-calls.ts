/** The Redis calls of a request, as Redis sees them. */
import { createHash, randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Redis } from 'ioredis';
import { EVENT_SCRIPTS } from '../../src/store/redis/event-scripts.js';
import { SCRIPTS } from '../../src/store/redis/scripts.js';
import { eventually, type Reply } from './support.js';

/** Calls that no request waits for. */
const IN_THE_BACKGROUND = new Set(
  [
    SCRIPTS.recordBatch,
    SCRIPTS.announceReplica,
    SCRIPTS.listReplicas,
    SCRIPTS.shareSecret,
    SCRIPTS.countSpares,
    SCRIPTS.addSpare,
    SCRIPTS.writeHistory,
    ...Object.values(EVENT_SCRIPTS),
  ].map(({ lua }) => sha1(lua)),
);

const MARK = 'mark-';
/** Read every two seconds, to tell of replicas that were lost. */
const LOST_REPLICAS = /\{replicas\}:lost$/;
/** Keys that are read to see whether Redis is fine again, after an answer that took long. */
const PROBE = /:probe:\d+$/;

export class RedisCalls {
  #monitor: Redis | undefined;
  #calls: { name: string; script: string; key: string }[] = [];

  async watch(redis: Redis): Promise<void> {
    this.#monitor = (await redis.monitor()) as Redis;
    this.#monitor.on('monitor', (_time: string, command: string[], source: string) => {
      const [name = '', script = '', _count, key = ''] = command;
      if (source === 'lua') return;
      this.#calls.push({ name, script: /^eval$/i.test(name) ? digestOf(script) : script, key });
    });
  }

  stop(): void {
    this.#monitor?.disconnect();
  }

  /** What one request waits for: calls for limits, for its conversation's token, for a spare one; and whatever else. */
  async of(redis: Redis, work: () => Promise<Reply>): Promise<string[]> {
    await this.#catchUp(redis); // so that calls of earlier requests are not counted
    this.#calls = [];
    const reply = await work();
    expect(reply.status).to.equal(200);
    await this.#catchUp(redis);
    const asked = this.#calls.filter(({ key, script }) => !isMark(key) && !isInBackground(script));
    const kinds = asked.map(({ key, script, name }) => {
      if (key.includes(':limit:')) return 'limit';
      if (key.includes(':conv:')) return 'token';
      return script === sha1(SCRIPTS.takeSpare.lua) ? 'spare' : `${name} ${key}`;
    });
    return kinds.sort();
  }

  /** Waits until the monitor, a connection of its own, has seen all calls so far. */
  async #catchUp(redis: Redis): Promise<void> {
    const mark = `${MARK}${randomUUID()}`;
    await redis.eval('return 1', 1, mark);
    await eventually(async () => expect(this.#calls.map(({ key }) => key)).to.include(mark));
  }
}

function isInBackground(script: string): boolean {
  return IN_THE_BACKGROUND.has(script) || PROBE.test(script) || LOST_REPLICAS.test(script);
}

function isMark(key: string): boolean {
  return key.startsWith(MARK);
}

/** Of a script sent whole, as a connection does at its first use; the monitor escapes its lines' ends. */
function digestOf(text: string): string {
  return sha1(text.replaceAll('\\n', '\n'));
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
