// Types of run-agent.mjs, for the tests.
import type { Agent, AgentRun } from './agents.mjs';
import type { Scenario } from './scenarios.mjs';

export interface Surroundings {
  program: string[];
  node: string;
  url: string;
  key: string;
}

export function runAgent(agent: Agent, scenario: Scenario, surroundings: Surroundings): Promise<AgentRun>;
export function runToEnd(
  command: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; patienceMs?: number },
): Promise<{ code: number; output: string }>;
