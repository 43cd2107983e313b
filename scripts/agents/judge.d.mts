// Types of judge.mjs, for the tests.
import type { Agent, AgentRun, NamedModels, SeenRequest } from './agents.mjs';

export function problemsOf(
  agent: Agent,
  run: AgentRun,
  requests: readonly SeenRequest[],
  answers: readonly NamedModels[],
): string[];
