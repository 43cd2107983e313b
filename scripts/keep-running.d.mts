/** Types of keep-running.mjs, for the tests. */
import type { Part } from './cluster.mjs';

export interface KeepRunning {
  onEnd(part: Pick<Part, 'name' | 'pid' | 'start'>, how: number | NodeJS.Signals): void;
  /** Whoever ends from now on is left alone. */
  stop(): void;
}

export function keepRunning(say: (line: string) => void): KeepRunning;
