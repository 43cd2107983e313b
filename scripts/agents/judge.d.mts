// Types of judge.mjs, for the tests.
import type { Agent, AgentRun, SeenRequest } from './agents.mjs';

export function problemsOf(agent: Agent, run: AgentRun, requests: SeenRequest[]): string[];
