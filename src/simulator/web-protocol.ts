/** The web chat's endpoints: guest tokens, models, chat completions. */

import { MODELS } from '../upstream/models.js';
import type { AnyBody } from './conversation.js';
import { findTurn, positiveInteger } from './conversation.js';
import { errorReply } from './failures.js';
import type { Guests, Session } from './guests.js';
import { planAnswer } from './plan.js';
import { eventStream, html, json, type Reply, type Step } from './reply.js';
import type { Scenario } from './scenarios.js';
import { rawS11, rawS12, SEQUENCES } from './sequences.js';
import { addFaults } from './stream-faults.js';
import { chooseCalls, quoteToolResults } from './tools.js';
import { webEvent, webEvents } from './web-events.js';
import { declaredTools, dropIgnoredFields, hasNativeTools, writeCalls } from './web-tools.js';

/** A model of the page itself stands in its list as well. */
const models: Record<string, string> = Object.fromEntries([
  ...MODELS.flatMap(({ web, name }) => (web === undefined ? [] : [[web, name]])),
  ['glm-4-flash', 'Task model'],
]);

/** A known Bearer token or the cookie of an earlier visit gets its own session; other clients become new guests. */
export function authReply(guests: Guests, bearer: string | undefined, cookie: string | undefined): Reply {
  if (bearer !== undefined) return sessionReply(guests.find(bearer));
  const remembered = guests.find(/(?:^|;\s*)token=([^;]+)/.exec(cookie ?? '')?.[1]);
  return sessionReply(remembered ?? guests.mint());
}

function sessionReply(session: Session | undefined): Reply {
  if (session === undefined) return unauthorized();
  return json(200, session, { 'set-cookie': `token=${session.token}; Path=/` });
}

export function mintFailure(status: number): Reply {
  return status === 405 ? html(405, '405') : errorReply('web', status, `Simulated HTTP ${status}`);
}

export function unauthorized(): Reply {
  return errorReply('web', 401, '401 Unauthorized: session expired or invalid');
}

export function webModels(): Reply {
  const data = Object.entries(models).map(([id, name]) => {
    return { id, name, owned_by: 'openai', info: { is_active: true, created_at: 1_753_632_000 } };
  });
  return json(200, { data });
}

/** @returns the problem with the request, if any. */
export function checkWebRequest(body: AnyBody): Reply | undefined {
  if (!Array.isArray(body?.messages)) return errorReply('web', 422, 'messages: field required');
  if (models[body.model] === undefined) return errorReply('web', 400, `Model not found: ${body.model}`);
  return undefined;
}

/** Always a stream: the web chat has no other mode. */
export function webChat(body: AnyBody, scenario: Scenario): Reply {
  return eventStream(webSteps(body, scenario), scenario.number('pace'), scenario.has('apart'));
}

function webSteps(body: AnyBody, scenario: Scenario): Iterable<Step> {
  const sequence = sequenceSteps(scenario) ?? inStreamError(scenario);
  if (sequence) return sequence;
  if (hasNativeTools(body)) return [errorEvent('Internal error', 'INTERNAL_ERROR')];
  const turn = findTurn(dropIgnoredFields(body));
  const calls = chooseCalls(scenario, declaredTools(body), turn);
  const plan = planAnswer(scenario, {
    question: turn.question,
    body,
    depth: body.features?.enable_thinking === true ? 'high' : 'none',
    maxTokens: positiveInteger(body.params?.max_tokens),
    stop: [],
    content: quoteToolResults(turn),
    calls: calls.length > 0 ? writeCalls(calls, scenario) : undefined,
  });
  const steps = webEvents(plan, scenario, scenario.text('served') ?? body.model);
  const error = errorEvent('Model is currently at capacity', 429, { delta_content: '' });
  return addFaults(steps, scenario, error);
}

function inStreamError(scenario: Scenario): string[] | undefined {
  if (scenario.has('captcha')) {
    const more = { captcha_error_type: 'missing_param' };
    return [errorEvent('Captcha verification is required', 'FRONTEND_CAPTCHA_REQUIRED', {}, more)];
  }
  if (scenario.has('level')) return [errorEvent('Model not available for current user level', 403)];
  return undefined;
}

/** The shape captured in issues: the error stands in two places, and `done` is true. */
function errorEvent(detail: string, code: string | number, data: object = {}, more: object = {}): string {
  const error = { detail, code, ...more };
  return webEvent({ data: { error, done: true }, error, done: true, ...data });
}

/** A fixed sequence, exactly as it stands in sequences.ts. */
function sequenceSteps(scenario: Scenario): Step[] | undefined {
  const name = scenario.names.find((word) => /^s\d/.test(word))?.toUpperCase();
  if (name === undefined) return undefined;
  if (name === 'S11') return [rawS11()];
  if (name === 'S12') return rawS12();
  const payloads = Object.entries(SEQUENCES).find(([key]) => key === name)?.[1] ?? [];
  return payloads.map((payload) => `data: ${payload}\n\n`);
}
