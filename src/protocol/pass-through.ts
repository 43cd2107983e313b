/**
 * Endpoints whose requests and answers pass as they are, but for the name of the model. CONTRIBUTING.md says how to add one.
 */
import { z } from 'zod';
import type { Usage } from '../completion/event.js';
import { parseJson } from '../json.js';
import { describe, describeBody, describeField, type Handlings, parsedByHand } from './field-docs.js';
import { bodyFields, checkFields, type Fields, isFields, missing } from './fields.js';
import { modelName } from './schema-types.js';

export interface PassThroughEndpoint {
  /** The gateway's own path. */
  readonly path: string;
  /** Below the upstream's base URL. */
  readonly upstreamPath: string;
  /** For errors: `has no embeddings`. */
  readonly noun: string;
  /** Fields that must be there besides `model`. */
  readonly required: readonly string[];
}

export const PASS_THROUGH_ENDPOINTS: readonly PassThroughEndpoint[] = [
  { path: '/v1/embeddings', upstreamPath: '/embeddings', noun: 'embeddings', required: ['input'] },
  { path: '/v1/rerank', upstreamPath: '/rerank', noun: 'reranking', required: ['query', 'documents'] },
];

const FORWARDED_FIELDS: Handlings = ['forwarded', 'forwarded', 'refused'];
const Body = z.object({
  model: describeField(
    modelName,
    ['translated', 'translated', 'refused'],
    'A model of the upstream, or an alias.',
    '上游的模型，或别名。',
  ),
});
const OTHER_FIELDS = describe('Every other field goes to the upstream as it is.', '其他字段原样转发给上游。');

/** Body of `POST /v1/embeddings`. */
export const EmbeddingRequest = describeBody(
  Body,
  {
    input: describeField(
      parsedByHand({ type: ['string', 'array'] }),
      FORWARDED_FIELDS,
      'A text, texts, or token ids.',
      '一段文本、多段文本或 token id。',
    ),
  },
  ['model', 'input'],
  OTHER_FIELDS,
);

/** Body of `POST /v1/rerank`. */
export const RerankRequest = describeBody(
  Body,
  {
    query: describeField(parsedByHand({ type: 'string' }), FORWARDED_FIELDS, 'The question.', '查询文本。'),
    documents: describeField(
      parsedByHand({ type: 'array' }),
      FORWARDED_FIELDS,
      'What is to be put in order.',
      '待排序的文档。',
    ),
  },
  ['model', 'query', 'documents'],
  OTHER_FIELDS,
);

export interface PassThroughRequest {
  /** As the client named it. */
  readonly model: string;
  /** The body for the upstream, in JSON, with its id of the model. */
  readonly toJson: (modelId: string) => string;
}

/** Throws a BadRequestError that names the field at fault. The upstream judges the values of all fields but `model`. */
export function parsePassThrough(
  body: unknown,
  { required }: Pick<PassThroughEndpoint, 'required'>,
): PassThroughRequest {
  const given: Fields = bodyFields(body);
  const { model } = checkFields(Body, given);
  const absent = required.find((name) => given[name] === undefined || given[name] === null);
  if (absent !== undefined) throw missing(absent);
  return { model, toJson: (modelId) => JSON.stringify({ ...given, model: modelId }) };
}

/** Usage stands within this many bytes of the beginning or the end of an answer. */
export const USAGE_WINDOW_BYTES = 4 * 1024;

/**
 * Reads `usage` out of the ends of an answer: parsing megabytes of vectors would hold the event loop.
 * @returns `undefined` if there is none
 */
export function findUsage(beginning: string, end: string): Usage | undefined {
  for (const text of [end, beginning]) {
    const usage = parseJson(/"usage"\s*:\s*(\{(?:[^{}]|\{[^{}]*\})*\})/.exec(text)?.[1] ?? '');
    if (isFields(usage)) return toUsage(usage);
  }
  return undefined;
}

function toUsage(usage: Fields): Usage | undefined {
  const count = (name: string) => {
    const value = usage[name];
    return typeof value === 'number' && value >= 0 ? value : undefined;
  };
  const completionTokens = count('completion_tokens') ?? 0;
  const promptTokens = count('prompt_tokens') ?? count('total_tokens');
  if (promptTokens === undefined) return undefined;
  return {
    promptTokens,
    completionTokens,
    totalTokens: count('total_tokens') ?? promptTokens + completionTokens,
  };
}
