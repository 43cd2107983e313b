/** The failures that a scenario asks for, as whole responses. */
import { gzipSync } from 'node:zlib';
import {
  type ErrorFormName,
  errorFrame,
  errorResponse,
  isErrorForm,
  type SimulatedError,
} from './error-forms.js';
import { html, json, type Reply } from './reply.js';
import type { Scenario } from './scenarios.js';
import { findServer } from './servers.js';
import { codeError } from './zai-codes.js';

/** Z.ai's API, self-hosted servers, and the web chat have each their own form of errors. */
export type Dialect = 'web' | 'zai' | 'self-hosted';

const USUAL_FORM: Readonly<Record<Dialect, ErrorFormName>> = {
  web: 'detail',
  zai: 'zai',
  'self-hosted': 'openai',
};

const WENT_WRONG = 'Something went wrong. Please try again.';

/** A 500 in these forms has a word of its own. */
const FORM_WORDS: Readonly<Record<string, ErrorFormName>> = {
  'html-error': 'html',
  'empty-error': 'empty',
  'broken-json-error': 'broken',
};

/** @returns the failure that the scenario asks for before the first event, if any. */
export function findFailure(scenario: Scenario, dialect: Dialect): Reply | undefined {
  const reply = makePlainFailure(scenario, dialect);
  const retryAfter = scenario.text('retry-after');
  if (reply && retryAfter) reply.headers['retry-after'] = retryAfter;
  return reply;
}

export function errorReply(dialect: Dialect, status: number, message: string): Reply {
  return errorResponse(USUAL_FORM[dialect], { status, message });
}

export function codeFailure(code: string, dialect: Dialect, message?: string): Reply {
  return errorResponse(USUAL_FORM[dialect], codeError(code, { message }));
}

/** More requests at the same time than the account has slots. */
export function concurrencyFailure(dialect: Dialect): Reply {
  if (dialect === 'web') return errorReply('web', 429, DETAILS['429-concurrency'] ?? '');
  return codeFailure('1302', dialect);
}

/** `sim:error-mid` in a stream. */
export function errorEvent(scenario: Scenario, dialect: Dialect): string {
  return errorFrame(formOf(scenario, dialect), midError(scenario));
}

/** `sim:error-mid` for a non-streaming answer. */
export function wholeError(scenario: Scenario, dialect: Dialect): Reply {
  return errorResponse(formOf(scenario, dialect), midError(scenario));
}

/** The word's value is a business code or an HTTP status. */
function midError(scenario: Scenario): SimulatedError {
  const value = scenario.text('error-mid') ?? '500';
  if (Number(value) >= 1000) return codeError(value, codeOptions(scenario));
  return { status: Number(value), message: 'Network error, please contact customer service' };
}

function makePlainFailure(scenario: Scenario, dialect: Dialect): Reply | undefined {
  const status = scenario.text('status');
  const code = scenario.text('code');
  if (code !== undefined) return makeCodedFailure(code, scenario, dialect);
  if (status !== undefined) return makeStatusFailure(status, scenario, dialect);
  const error = { status: 500, message: WENT_WRONG };
  if (scenario.has('gzip-error')) return gzipped(errorResponse(USUAL_FORM[dialect], error));
  const word = scenario.names.find((name) => Object.hasOwn(FORM_WORDS, name));
  if (word !== undefined) return errorResponse(FORM_WORDS[word] ?? 'empty', error);
  if (scenario.has('html-200')) return html(200, 'Just a moment…');
  if (scenario.has('json-200')) return errorUnder200(scenario, dialect, error);
  return undefined;
}

function formOf(scenario: Scenario, dialect: Dialect): ErrorFormName {
  const form = scenario.text('error-as');
  if (isErrorForm(form)) return form;
  return dialect === 'self-hosted' ? findServer(scenario).form : USUAL_FORM[dialect];
}

function errorUnder200(scenario: Scenario, dialect: Dialect, error: SimulatedError): Reply {
  if (dialect === 'web') return json(200, { error: { detail: error.message, code: 500 } });
  return { ...errorResponse(formOf(scenario, dialect), error), status: 200 };
}

/** With `sim:status` the code comes under another status than its own. */
function makeCodedFailure(code: string, scenario: Scenario, dialect: Dialect): Reply {
  const error = codeError(code, codeOptions(scenario));
  const status = scenario.number('status') ?? error.status;
  return errorResponse(formOf(scenario, dialect), { ...error, status });
}

function codeOptions(scenario: Scenario) {
  return { chinese: scenario.has('chinese'), resetsIn: scenario.number('resets-in') };
}

const DETAILS: Readonly<Record<string, string>> = {
  '400-signature': '403: Signature validation failed. Please refresh the page.',
  '400-busy': '系统繁忙，请稍后再试 (system busy)',
  '401': '401 Unauthorized: session expired or invalid',
  '403': "You don't have permission to use this model",
  '408': 'Request Timeout',
  '429': 'Too many requests. Please try again later.',
  '429-concurrency': 'Too many concurrent requests for this account (concurrency limit)',
  '500': 'Internal Server Error',
  '503': 'Service Unavailable',
  '529': 'The service may be temporarily overloaded, please try again later',
};

/** `429-concurrency` and the like: the status is the number in front. */
function makeStatusFailure(name: string, scenario: Scenario, dialect: Dialect): Reply {
  const status = Number.parseInt(name, 10);
  if (!(status >= 400 && status <= 599))
    return errorReply(dialect, 400, `sim:status=${name} is no HTTP failure`);
  if (!scenario.has('error-as')) {
    if (status === 405) return html(405, '405'); // the web application firewall's page
    if (status === 502) return html(502, '502 Bad Gateway');
  }
  const message = DETAILS[name] ?? DETAILS[String(status)] ?? `Simulated HTTP ${status}`;
  return errorResponse(formOf(scenario, dialect), { status, message });
}

function gzipped(reply: Reply): Reply {
  const headers = { ...reply.headers, 'content-encoding': 'gzip' };
  return { ...reply, headers, body: gzipSync(String(reply.body)) };
}
