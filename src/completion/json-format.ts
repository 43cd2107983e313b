/**
 * The instruction for an answer in JSON. The schema stands between SCHEMA_OPEN and SCHEMA_CLOSE in a system message, as JSON
 * on one line: the simulator reads it from there.
 */
import { type CompletionRequest, type JsonSchema, type ResponseFormat, withInstruction } from './request.js';

export type JsonFormat = Exclude<ResponseFormat, { type: 'text' }>;

export const SCHEMA_OPEN = '<json_schema>';
export const SCHEMA_CLOSE = '</json_schema>';

const SCALARS = ['string', 'number', 'integer', 'boolean', 'null'];
const NOTHING_ELSE = 'and nothing else: no words before or after it, no code fence.';

/** @returns the characters with which an answer may begin; empty if its root is neither an object nor an array. */
export function getOpenings(format: JsonFormat): '{' | '[' | '{[' | '' {
  if (format.type === 'json_object') return '{';
  const { type, properties } = format.schema;
  if (type === 'object' || (type === undefined && properties !== undefined)) return '{';
  if (type === 'array') return '[';
  return SCALARS.includes(type as string) ? '' : '{[';
}

/** Adds the format to the prompt, which works with every GLM, whatever its server supports. */
export function withJsonInstruction(request: CompletionRequest): CompletionRequest {
  const format = request.responseFormat;
  if (format.type === 'text') return request;
  const unlessCalls = request.tools.length === 0 ? '' : '\nTools may be called before it, as usual.';
  const messages = withInstruction(request.messages, `${instruction(format)}${unlessCalls}`);
  return { ...request, messages };
}

/** Repeats the request with the rejected answer and what is wrong with it. */
export function withCorrection(
  request: CompletionRequest,
  answer: string,
  problem: string,
): CompletionRequest {
  const correction = `That answer is not accepted: ${problem}. Give the corrected JSON, ${NOTHING_ELSE}`;
  return {
    ...request,
    formatInWords: true,
    messages: [
      ...request.messages,
      ...(answer === '' ? [] : [{ role: 'assistant', content: answer } as const]),
      { role: 'user', content: correction },
    ],
  };
}

function instruction(format: JsonFormat): string {
  if (format.type === 'json_object') return `Your answer must be one JSON object, ${NOTHING_ELSE}`;
  return [
    `Your answer must be one JSON value that fits this JSON Schema, ${NOTHING_ELSE}`,
    `${SCHEMA_OPEN}${schemaText(format.schema)}${SCHEMA_CLOSE}`,
  ].join('\n');
}

/** The same JSON, escaped so that no text in it ends the schema early. */
function schemaText(schema: JsonSchema): string {
  return JSON.stringify(schema).replaceAll('</', '<\\/');
}
