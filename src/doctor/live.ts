/** One small real request, read event by event and held against what the protocol notes assume. */
import { randomUUID } from 'node:crypto';
import type { CompletionEvent } from '../completion/event.js';
import type { CompletionRequest, RequestedModel } from '../completion/request.js';
import type { Config } from '../config/config.js';
import { createUpstream } from '../gateway.js';
import { printableLine } from '../printable.js';
import { EventStream } from '../upstream/event-stream.js';
import { asObject, asText, type JsonObject, parseJson } from '../upstream/json.js';
import { ModelCatalog } from '../upstream/model-catalog.js';
import { isSameModel } from '../upstream/model-names.js';
import { AdaptedRequest } from '../upstream/openai-compatible/adapted-request.js';
import { ChunkDecoder } from '../upstream/openai-compatible/chunk-decoder.js';
import { httpError } from '../upstream/openai-compatible/error-codes.js';
import { endpointOf } from '../upstream/openai-compatible/flavour.js';
import { RefusedFields } from '../upstream/openai-compatible/refused-fields.js';
import type { EventDecoder } from '../upstream/read-events.js';
import { Connection, type UpstreamResponse } from '../upstream/transport/connection.js';
import { httpError as webHttpError } from '../upstream/zai-web/errors.js';
import { WebEventDecoder } from '../upstream/zai-web/event-decoder.js';
import { webRequestBody } from '../upstream/zai-web/request-body.js';
import type { Report } from './report.js';
import { attempt } from './upstream.js';

const QUESTION = 'Reply with the single word: pong';

export async function checkLive(config: Config, report: Report): Promise<void> {
  report.title('One real request');
  const events: string[] = [];
  if (
    !(await attempt(report, 'the upstream answers it with a stream', () => readRaw(config, events, report)))
  )
    return;
  const web = config.upstreamProtocol === 'zai-web';
  const { model } = await smallRequest(config);
  const observer = { observe: (served: string) => sayServed(model, served, report) };
  const decoder = web ? new WebEventDecoder(observer) : new ChunkDecoder(randomUUID, observer);
  await attempt(report, 'the gateway makes a whole answer of it', async () =>
    decodeAll(events, decoder, report),
  );
  const bodies = events.map((event) => asObject(parseJson(event)));
  for (const [assumption, holds] of web
    ? webAssumptions(bodies, events)
    : openaiAssumptions(bodies, events)) {
    if (holds) report.good(assumption);
    else
      report.bad(
        `not so: ${assumption}`,
        'The protocol has changed; please report it with the version of ZtoApi.',
      );
  }
}

function sayServed({ id, name }: RequestedModel, served: string, report: Report): void {
  if (isSameModel(served, id)) report.good(`${name} is served under its own name`);
  else report.note(`${name} (${id}) is answered by another model: ${printableLine(served)}`);
}

/** The decoder is the judge of what is an answer, a refusal or a cut. Only lengths are told, no text. */
function decodeAll(data: readonly string[], decoder: EventDecoder, report: Report): void {
  const events: CompletionEvent[] = [];
  for (const one of data) decoder.decode(one, events);
  decoder.finish(events);
  const text = events.reduce((sum, event) => sum + (event.type === 'text-delta' ? event.text.length : 0), 0);
  const usage = events.find((event) => event.type === 'usage')?.usage;
  report.note(
    `${text} characters; tokens: ${usage?.promptTokens ?? '?'} in, ${usage?.completionTokens ?? '?'} out`,
  );
}

async function readRaw(config: Config, events: string[], report: Report): Promise<void> {
  const web = config.upstreamProtocol === 'zai-web';
  const response = await (web ? postToWeb(config) : postWithoutRefusedFields(config, report));
  const stream = new EventStream();
  for await (const bytes of response.body) events.push(...stream.push(bytes));
  events.push(...stream.end());
}

async function postToWeb(config: Config): Promise<UpstreamResponse> {
  const token = config.zaiToken ?? (await createUpstream(config).mintGuestToken());
  const ids = { chatId: randomUUID(), messageId: randomUUID(), now: new Date() };
  const body = JSON.stringify(webRequestBody(await smallRequest(config), ids));
  const headers = { 'x-fe-version': config.upstreamFeVersion };
  const response = await post(config, config.upstreamUrl, body, token, headers);
  if (response.status === 200) return response;
  throw webHttpError(response.status, await response.text(), undefined);
}

/** As the gateway does: a field of its own that the server does not know is left out, which an operator may want to know. */
async function postWithoutRefusedFields(config: Config, report: Report): Promise<UpstreamResponse> {
  const { flavour, completionsUrl } = endpointOf(config.upstreamUrl);
  const adapted = new AdaptedRequest(await smallRequest(config), {
    flavour,
    refused: new RefusedFields(),
    onFieldRefused: (field) => report.note(`the upstream does not know ${field}: requests go without it`),
  });
  for (;;) {
    const response = await post(config, completionsUrl, adapted.body, config.zaiToken);
    if (response.status === 200) {
      adapted.accepted();
      return response;
    }
    const error = httpError(response.status, await response.text(), undefined);
    if (!adapted.adapt(error)) throw error;
  }
}

function post(config: Config, url: string, body: string, token: string | undefined, headers = {}) {
  return new Connection(config).open({
    method: 'POST',
    url,
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': config.upstreamUserAgent,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
  });
}

async function smallRequest(config: Config): Promise<CompletionRequest> {
  const model = await new ModelCatalog(createUpstream(config).upstream, config).resolve(config.modelName);
  return {
    model,
    messages: [{ role: 'user', content: QUESTION }],
    thinking: true,
    sampling: {},
    stop: [],
    responseFormat: { type: 'text' },
    tools: [],
    toolChoice: 'auto',
    parallelToolCalls: true,
  };
}

type Bodies = readonly (JsonObject | undefined)[];
type Assumption = readonly [text: string, holds: boolean];

const KNOWN_PHASES = new Set(['thinking', 'answer', 'tool_call', 'tool_response', 'other', 'done']);

function webAssumptions(bodies: Bodies, events: readonly string[]): Assumption[] {
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

function openaiAssumptions(bodies: Bodies, events: readonly string[]): Assumption[] {
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
