/** A small client for the simulator's own tests. */
import { type Simulator, startSimulator } from '../../src/simulator/server.js';

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
export type Json = any;

/** The simulator of the suite, started before its tests and closed after them. */
export function useSimulator(options: Parameters<typeof startSimulator>[0] = {}): () => Simulator {
  let simulator: Simulator;
  before(async () => {
    simulator = await startSimulator({ paceMs: 0, ...options });
  });
  after(() => simulator.close());
  return () => simulator;
}

export async function mint(url: string): Promise<string> {
  const response = await fetch(`${url}/api/v1/auths/`);
  return ((await response.json()) as Json).token;
}

export interface Extras {
  signal?: AbortSignal;
  headers?: Record<string, string>;
  [field: string]: unknown;
}

/** Asks the web chat, as a new guest unless a token is given. */
export async function askWeb(url: string, question: string, extras: Extras & { token?: string } = {}) {
  const { token = await mint(url), ...rest } = extras;
  const body = { model: 'GLM-4-6-API-V1', ...rest };
  return ask(`${url}/api/chat/completions`, question, {
    ...body,
    headers: { authorization: `Bearer ${token}`, ...rest.headers },
  });
}

/** Asks an OpenAI-like endpoint. */
export function askOpenAi(base: string, question: string, extras: Extras = {}) {
  return ask(`${base}/chat/completions`, question, { model: 'glm-4.5', stream: true, ...extras });
}

function ask(url: string, question: string, { signal, headers, ...body }: Extras): Promise<Response> {
  const messages = [{ role: 'user', content: question }];
  const init = { method: 'POST', headers: headers ?? {}, body: JSON.stringify({ messages, ...body }) };
  return fetch(url, signal ? { ...init, signal } : init);
}

/** What stands behind each `data: `. */
export function payloads(text: string): string[] {
  return text
    .split('\n\n')
    .filter((event) => event.startsWith('data: '))
    .map((event) => event.slice(6));
}

export async function eventsOf(response: Response): Promise<Json[]> {
  return payloads(await response.text())
    .filter((payload) => payload !== '[DONE]')
    .map((payload) => JSON.parse(payload));
}

/** Replays the deltas and edits of the web protocol, in code points, and hands back the document. */
export function replay(events: Json[]): string {
  let document: string[] = [];
  for (const { data = {} } of events) {
    if (data.edit_index !== undefined) {
      document = [...document.slice(0, data.edit_index), ...data.edit_content];
    }
    document.push(...(data.delta_content ?? ''));
  }
  return document.join('');
}

/** The text of an OpenAI-like stream, by field of the delta. */
export function textOf(events: Json[], field: string): string {
  return events.map((event) => event.choices?.[0]?.delta?.[field] ?? '').join('');
}
