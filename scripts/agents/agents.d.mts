// Types of the scripts in this folder.

export interface Place {
  /** The scratch home. */
  home: string;
  /** Of the gateway, without a path. */
  url: string;
  key: string;
  model: string;
  prompt: string;
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

export const AGENTS: Agent[];
export const NODE: { id: string; package: string; version: string };
