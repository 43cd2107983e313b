// Types of test-agents.mjs, for the tests.
import type { Agent } from './agents/agents.mjs';

export function chooseAgents(args: string[]): Agent[];
export function testAgents(root: string, agents: Agent[]): Promise<number>;
