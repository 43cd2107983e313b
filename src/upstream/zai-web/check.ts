/** What the doctor asks of the web chat. */
import type { CompletionRequest } from '../../completion/request.js';
import { ApiError } from '../../vocabulary/errors.js';
import { asObject, asText, type JsonObject } from '../json.js';
import { type Assumption, parseEvents, type RawAnswer, readRawEvents } from '../raw-answer.js';
import type { UpstreamResponse } from '../transport/connection.js';
import type { ServedModelObserver, UpstreamCheck } from '../upstream.js';
import { WebEventDecoder } from './event-decoder.js';

export interface WebCalls {
  readonly hasToken: boolean;
  mintGuestToken(): Promise<string>;
  /** Asks for the account behind the configured token. */
  getAccount(): Promise<UpstreamResponse>;
  /** Rejects with an ApiError unless the answer begins. */
  post(request: CompletionRequest): Promise<UpstreamResponse>;
}

export function checkWeb(calls: WebCalls): UpstreamCheck {
  return {
    claim: calls.hasToken ? 'it answers and accepts ZAI_TOKEN' : 'it gives guest tokens',
    reach: async () => {
      if (calls.hasToken) await checkToken(calls);
      else await calls.mintGuestToken();
      return [];
    },
    ask: (request, served) => ask(calls, request, served),
  };
}

async function checkToken(calls: WebCalls): Promise<void> {
  const response = await calls.getAccount();
  response.discard();
  const { status } = response;
  if (status === 200) return;
  const code = status === 401 || status === 403 ? 'upstream_unauthorized' : 'upstream_refused';
  throw new ApiError(code, `it answers ${status}`);
}

async function ask(
  calls: WebCalls,
  request: CompletionRequest,
  served: ServedModelObserver,
): Promise<RawAnswer> {
  const events = await readRawEvents(await calls.post(request));
  return { events, decoder: new WebEventDecoder(served), assumptions: checkAssumptions(events), notes: [] };
}

const KNOWN_PHASES = new Set(['thinking', 'answer', 'tool_call', 'tool_response', 'other', 'done']);

function checkAssumptions(events: readonly string[]): Assumption[] {
  const bodies = parseEvents(events);
  const data = bodies.map((body) => asObject(body?.data));
  const phases = data.flatMap((one) => asText(one?.phase) ?? []);
  const thinking = data
    .filter((one) => one?.phase === 'thinking')
    .map((one) => asText(one?.delta_content) ?? '');
  const edits = data.filter((one) => one?.edit_index !== undefined);
  return [
    [
      'every event is {type:"chat:completion", data} or [DONE]',
      bodies.every((body, at) => body?.type === 'chat:completion' || events[at] === '[DONE]'),
    ],
    ['no unknown phase', phases.every((phase) => KNOWN_PHASES.has(phase))],
    ['thinking opens with <details', thinking.length === 0 || thinking.join('').startsWith('<details')],
    ['edits have a whole-number index and text', edits.every(isEdit)],
    ['usage is reported', data.some((one) => asObject(one?.usage))],
    ['an event says done', data.some((one) => one?.done === true)],
  ];
}

function isEdit(data: JsonObject | undefined): boolean {
  return Number.isInteger(data?.edit_index) && typeof data?.edit_content === 'string';
}
