/** How much of the gateway's CPU time is Redis's: the same requests with the memory store, in the same run. Pure. */
import { type Measurement, sum } from './report.js';

export interface RedisPart {
  readonly scenario: string;
  readonly memoryMsPerRequest: number;
  readonly redisMsPerRequest: number;
  /** Of the whole with Redis: of all rounds together, and of the single ones. */
  readonly part: number;
  readonly lowest: number;
  readonly highest: number;
}

export function redisParts(measurements: readonly Measurement[]): RedisPart[] {
  const scenarios = new Set(measurements.map(({ scenario }) => scenario));
  return [...scenarios].flatMap((scenario) => {
    const rounds = measurements.filter(
      (one) => one.scenario === scenario && one.target.startsWith('gateway'),
    );
    const cpu = (redis: boolean) =>
      rounds
        .filter(({ target }) => target.endsWith('+ Redis') === redis)
        .map(({ cpuMsPerRequest = Number.NaN }) => cpuMsPerRequest);
    const [memory, redis] = [cpu(false), cpu(true)];
    if (redis.length === 0 || memory.length !== redis.length) return [];
    const parts = redis.map((one, at) => 1 - (memory[at] ?? Number.NaN) / one);
    return {
      scenario,
      memoryMsPerRequest: sum(memory) / memory.length,
      redisMsPerRequest: sum(redis) / redis.length,
      part: 1 - sum(memory) / sum(redis),
      lowest: Math.min(...parts),
      highest: Math.max(...parts),
    };
  });
}

export function describeRedisPart(one: RedisPart): string {
  const percent = (part: number) => `${(part * 100).toFixed(1)} %`;
  const { scenario, memoryMsPerRequest: memory, redisMsPerRequest: redis } = one;
  return `Redis's part of the CPU, ${scenario}: ${percent(one.part)} (${memory.toFixed(3)} → ${redis.toFixed(3)} ms; rounds from ${percent(one.lowest)} to ${percent(one.highest)})`;
}
