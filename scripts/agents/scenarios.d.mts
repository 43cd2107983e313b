// Types of scenarios.mjs.

export type UpstreamName = 'self-hosted' | 'web chat' | 'official API';

/** Paths, absolute: the agent's project folder, and the file that is to be edited in it. */
export interface Places {
  folder: string;
  file: string;
}

/** Body of a chat completion that the gateway asked the upstream for. */
export interface UpstreamBody {
  model: string;
  messages: { role: string; content?: unknown; reasoning_content?: string }[];
}

export interface Scenario {
  name: string;
  upstreams: readonly UpstreamName[];
  /** The name that the agent asks for. */
  model: string;
  /** Name in the project folder → content. */
  files?: Record<string, string | Uint8Array>;
  /** An MCP server that the agent is to start; `file` is one of `files`. */
  mcpServer?: { name: string; file: string };
  /** One prompt per turn of the session. */
  writePrompts(places: Places): string[];
  /** @returns what is wrong with what the upstream was asked, empty if nothing is. */
  findProblems(asked: readonly UpstreamBody[]): string[];
}

export const EDIT: Scenario;
export const PICTURE_AS_TEXT: Scenario;
export const PICTURE_REFUSED: Scenario;
export const PICTURE_SEEN: Scenario;
export const MCP_TOOL: Scenario;
export const PATCH: Scenario;
export const VIEWED: Scenario;
export const VIEWED_AS_TEXT: Scenario;
export const THINKING: Scenario;
export const BACKGROUND_MODEL: Scenario;
