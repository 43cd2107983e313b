// Types of clipboard.mjs.
import type { Agent } from './agents.mjs';

export interface PastedAgent {
  /** Name of the set-up on the page. */
  app: string;
  /** Where each block but the last goes, below the home. */
  files: readonly string[];
  arguments: readonly string[];
  env: Record<string, string>;
}

export interface PasteSurroundings {
  program: string[];
  node: string;
  /** A folder for the script and the program's name. */
  scratch: string;
  /** Variables beside the pasted ones. */
  env: Record<string, string>;
}

export const PASTED: Record<string, PastedAgent>;
export function copySetUp(invite: string, app: string): Promise<string[]>;
export function findChromium(): string;
export function pasteSetUp(agent: Agent, texts: string[], surroundings: PasteSurroundings): Agent;
