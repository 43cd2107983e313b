/** What the suites of the upstream share: bytes cut anywhere, decoders run to their end, answers in short. */
import { expect } from 'chai';
import type {
  CompletionEvent,
  FinishReason,
  Source,
  ToolCallEvent,
  Usage,
} from '../../src/completion/event.js';
import type { CompletionRequest } from '../../src/completion/request.js';
import type { EventDecoder } from '../../src/upstream/read-events.js';
import { readEvents } from '../../src/upstream/read-events.js';
import type { StreamContext } from '../../src/upstream/upstream.js';
import { ApiError } from '../../src/vocabulary/errors.js';
import type { Producer } from '../support/pulled.js';

export const CUT_SIZES = [1, 7, Number.POSITIVE_INFINITY];

export function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  if (bytes.length <= size) return [bytes];
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

/** Payloads as they stand on the wire. */
export function sse(payloads: readonly string[]): Buffer {
  return Buffer.from(payloads.map((payload) => `data: ${payload}\n\n`).join(''));
}

export function webEvent(data: object): string {
  return JSON.stringify({ type: 'chat:completion', data });
}

export interface Outcome {
  reasoning: string;
  text: string;
  usage: Usage | undefined;
  finish: FinishReason | undefined;
  error: ApiError | undefined;
  calls: ToolCallEvent[];
  sources?: readonly Source[];
}

/** Everything that is pushed until the answer ends; an ApiError becomes part of the outcome. */
export async function outcomeOf(produce: Producer): Promise<Outcome> {
  const outcome: Outcome = {
    reasoning: '',
    text: '',
    usage: undefined,
    finish: undefined,
    error: undefined,
    calls: [],
  };
  try {
    await produce({
      push(events) {
        for (const event of events) add(event, outcome);
        return undefined;
      },
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    outcome.error = error;
  }
  return outcome;
}

/** Turns of the event loop, in which sockets of this machine bring what was sent: no clock is asked. */
export async function turns(count = 50): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
}

export async function isSettled(work: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  work.then(settle, settle);
  await turns();
  return settled;
}

function add(event: CompletionEvent, outcome: Outcome): void {
  expect(outcome.finish, 'nothing follows the finish').to.equal(undefined);
  if (event.type === 'text-delta') outcome.text += event.text;
  else if (event.type === 'reasoning-delta') outcome.reasoning += event.text;
  else if (event.type === 'usage') outcome.usage = event.usage;
  else if (event.type === 'sources') outcome.sources = event.sources;
  else if (event.type === 'finish') outcome.finish = event.reason;
  else outcome.calls.push(event);
}

/** Runs a decoder over network reads that are already there. */
export function decoded(decoder: EventDecoder, reads: readonly Uint8Array[]): Producer {
  const left = [...reads];
  const body = {
    read: () => left.shift(),
    get isOver() {
      return left.length === 0;
    },
    arrival: async () => undefined,
    pause: () => undefined,
    keep: () => undefined,
    endWithin: () => undefined,
    close: () => undefined,
  };
  return (sink) => readEvents(body, decoder, sink);
}

export function request(question: string, more: Partial<CompletionRequest> = {}): CompletionRequest {
  return {
    model: { id: 'GLM-4-6-API-V1', name: 'GLM-4.6' },
    messages: [{ role: 'user', content: question }],
    thinking: false,
    sampling: {},
    stop: [],
    responseFormat: { type: 'text' },
    tools: [],
    toolChoice: 'auto',
    parallelToolCalls: true,
    ...more,
  };
}

/** A context whose guest tokens come from `mint`, a new one after each drop. */
export function contextWith(
  signal: AbortSignal = new AbortController().signal,
  mint: () => Promise<string> = async () => 'guest-token',
): StreamContext & { dropped: string[] } {
  let token: string | undefined;
  const dropped: string[] = [];
  const guest = {
    claim: async () => {
      token ??= await mint();
      return token;
    },
    drop: async (refused: string) => {
      dropped.push(refused);
      token = undefined;
    },
  };
  return { requestId: 'test-request', signal, guest, dropped };
}

export async function rejectionOf(promise: Promise<unknown>): Promise<ApiError> {
  try {
    await promise;
  } catch (error) {
    expect(error).to.be.instanceOf(ApiError);
    return error as ApiError;
  }
  throw new Error('it was expected to fail');
}
