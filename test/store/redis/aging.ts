/** Redis has its own time: instead of moving it, what it keeps is made that much older. */
import type { Redis } from 'ioredis';

/** On every node: each key, each spare token, each kept response, each lost replica and each replica's announcement becomes `ms` older. */
export async function age(nodes: readonly Redis[], ms: number): Promise<void> {
  for (const node of nodes) await Promise.all((await node.keys('*')).map((key) => ageKey(node, key, ms)));
}

async function ageKey(node: Redis, key: string, ms: number): Promise<void> {
  const left = await node.pttl(key);
  if (left > ms) await node.pexpire(key, left - ms);
  else if (left > 0) await node.del(key);
  if (left <= ms) return;
  if (/\{spares\}$|\{replicas\}:lost$|\{kept\}:ends/.test(key)) {
    for (const token of await node.zrange(key, '0', '-1')) await node.zincrby(key, `${-ms}`, token);
  }
  if (key.endsWith('{replicas}')) {
    for (const [id, line] of Object.entries(await node.hgetall(key))) {
      await node.hset(
        key,
        id,
        line.replace(/^\d+/, (seen) => String(Number(seen) - ms)),
      );
    }
  }
}
