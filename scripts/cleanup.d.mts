/** Types of cleanup.mjs, for the tests. */
import type { spawn } from 'node:child_process';

/** The arguments after the program's name must be given. */
export const startProcess: typeof spawn;
export function makeTemporaryFolder(prefix: string): string;
export function runAtEnd(program: {
  command: string;
  args: string[];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}): () => void;
