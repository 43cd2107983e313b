/** Types of keep-running.mjs, for the tests. */
import type { Part } from './cluster.mjs';

export interface KeepRunning {
  onEnd(part: Pick<Part, 'name' | 'pid' | 'start'>, how: number | NodeJS.Signals): void;
  /** Parts that end from now on are not restarted. */
  stop(): void;
}

export function keepRunning(say: (line: string) => void): KeepRunning;
