/** `/embeddings` and `/rerank` of the OpenAI-compatible bases: the same text always gets the same vector. */
import { createHash } from 'node:crypto';
import { json, type Reply } from './reply.js';

type Body = Readonly<Record<string, unknown>> | undefined;

const DEFAULT_DIMENSIONS = 8;
const TOKENS_PER_INPUT = 5;

/** Checks what real servers check. Vectors have length 1. */
export function embeddings(body: Body): Reply {
  const { input, model, encoding_format: format, dimensions = DEFAULT_DIMENSIONS } = body ?? {};
  const inputs = readInputs(input);
  if (inputs.length === 0) return json(400, { error: { message: 'input is required', code: '1214' } });
  const data = inputs.map((one, index) => {
    const vector = vectorOf(JSON.stringify(one), Number(dimensions));
    const embedding =
      format === 'base64' ? Buffer.from(new Float32Array(vector).buffer).toString('base64') : vector;
    return { object: 'embedding', index, embedding };
  });
  const tokens = inputs.length * TOKENS_PER_INPUT;
  const usage = { prompt_tokens: tokens, completion_tokens: 0, total_tokens: tokens };
  return json(200, { object: 'list', model, data, usage });
}

/** The more words of the query a document has, the higher its score. */
export function rerank(body: Body): Reply {
  const { query, documents, model, top_n: topN } = body ?? {};
  if (typeof query !== 'string' || !Array.isArray(documents)) {
    return json(400, { error: { message: 'query and documents are required', code: '1214' } });
  }
  const words = query.toLowerCase().split(/\s+/);
  const results = documents
    .map((document: unknown, index) => {
      const text = String(document).toLowerCase();
      return { index, relevance_score: words.filter((word) => text.includes(word)).length / words.length };
    })
    .sort((one, other) => other.relevance_score - one.relevance_score)
    .slice(0, typeof topN === 'number' ? topN : documents.length);
  const tokens = (documents.length + 1) * TOKENS_PER_INPUT;
  return json(200, { model, results, usage: { prompt_tokens: tokens, total_tokens: tokens } });
}

/** A text, texts, the token ids of one text, or of several. */
function readInputs(input: unknown): unknown[] {
  if (typeof input === 'string') return [input];
  if (!Array.isArray(input)) return [];
  return typeof input[0] === 'number' ? [input] : input;
}

function vectorOf(text: string, dimensions: number): number[] {
  const parts = Array.from({ length: dimensions }, (_, index) => {
    const digest = createHash('sha256').update(`${index} ${text}`).digest();
    return digest.readInt32BE(0) / 2 ** 31;
  });
  const length = Math.hypot(...parts);
  return parts.map((part) => part / length);
}
