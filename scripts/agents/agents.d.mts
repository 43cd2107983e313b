// Types of the scripts in this folder.
import type { Scenario } from './scenarios.mjs';

export interface Place {
  /** The scratch home. */
  home: string;
  /** Of the gateway, without a path. */
  url: string;
  key: string;
  model: string;
  prompt: string;
  /** Whether the prompt goes on with the session of the one before. */
  isFollowUp: boolean;
  /** A server of tools that the agent is to start; `undefined` in scenarios without one. */
  mcpServer: { name: string; command: string; args: string[] } | undefined;
}

export interface Settings {
  /** Name below the home → text. */
  files?: Record<string, string>;
  env?: Record<string, string>;
  /** Arguments of a first call that stores settings. */
  before?: string[];
  arguments: string[];
}

export interface Agent {
  id: string;
  name: string;
  package: string;
  version: string;
  /** Which of the package's programs. */
  bin: string;
  /** Where it asks. */
  path: string;
  scenarios: readonly Scenario[];
  setUp(place: Place): Settings;
}

export interface AgentRun {
  code: number;
  output: string;
  seconds: number;
  /** What the file holds afterwards. */
  text: string;
}

/** What the gateway records of a request, as far as it matters here. */
export interface SeenRequest {
  method: string;
  path: string;
  status: number;
  outcome: string;
  code: string | undefined;
}

/** Of one answer of the gateway; `undefined` where the request or the answer names no model. */
export interface NamedModels {
  asked: string | undefined;
  named: string | undefined;
}

export const AGENTS: Agent[];
export const NODE: { id: string; package: string; version: string };
