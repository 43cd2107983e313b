/** What the doctor asks of an OpenAI-compatible server. */
import type { CompletionRequest } from '../../completion/request.js';
import { asObject, asText } from '../json.js';
import { type Assumption, parseEvents, type RawAnswer, readRawEvents } from '../raw-answer.js';
import type { UpstreamResponse } from '../transport/connection.js';
import type { ServedModelObserver, UpstreamCheck } from '../upstream.js';
import { AdaptedRequest } from './adapted-request.js';
import type { ChunkDecoder } from './chunk-decoder.js';
import type { Provider } from './provider.js';
import { RefusedFields } from './refused-fields.js';

export interface OpenaiCalls {
  readonly provider: Provider;
  readonly hasToken: boolean;
  /** How many models the server lists. Rejects with an ApiError when it does not answer with a list. */
  countModels(): Promise<number>;
  /** Rejects with an ApiError unless the answer begins. */
  post(body: string): Promise<UpstreamResponse>;
  createDecoder(served: ServedModelObserver): ChunkDecoder;
}

export function checkOpenai(calls: OpenaiCalls): UpstreamCheck {
  return {
    claim: calls.hasToken ? 'it answers and accepts ZAI_TOKEN' : 'it answers',
    reach: async () => {
      const count = await calls.countModels();
      return calls.provider === 'zai' ? [`it lists ${count} models itself`] : [];
    },
    ask: (request, served) => ask(calls, request, served),
  };
}

/** Leaves out a field of the gateway's own that the server does not know, as the gateway does. */
async function ask(
  calls: OpenaiCalls,
  request: CompletionRequest,
  served: ServedModelObserver,
): Promise<RawAnswer> {
  const notes: string[] = [];
  const adapted = new AdaptedRequest(request, {
    provider: calls.provider,
    refused: new RefusedFields(),
    onFieldRefused: (field) => notes.push(`the upstream does not know ${field}: requests go without it`),
  });
  for (;;) {
    try {
      const response = await calls.post(adapted.body);
      adapted.accepted();
      const events = await readRawEvents(response);
      return { events, decoder: calls.createDecoder(served), assumptions: checkAssumptions(events), notes };
    } catch (error) {
      if (!adapted.adapt(error)) throw error;
    }
  }
}

function checkAssumptions(events: readonly string[]): Assumption[] {
  const bodies = parseEvents(events);
  const choices = bodies.flatMap((body) => (Array.isArray(body?.choices) ? body.choices.map(asObject) : []));
  const deltas = choices.map((choice) => asObject(choice?.delta));
  return [
    [
      'every event is a JSON object or [DONE]',
      bodies.every((body, index) => body || events[index] === '[DONE]'),
    ],
    ['text comes as delta.content', deltas.some((delta) => asText(delta?.content))],
    ['a finish_reason comes', choices.some((choice) => asText(choice?.finish_reason))],
    ['usage is reported', bodies.some((body) => asObject(body?.usage))],
    ['[DONE] closes the stream', events.at(-1) === '[DONE]'],
  ];
}
