/** Answers in JSON: an object where one was asked for, a value that fits where there is a JSON Schema. */
import { type AnyBody, readMessages, readText, type Turn } from './conversation.js';
import type { Scenario } from './scenarios.js';
import { makeSample } from './schema-sample.js';
import { clip } from './text.js';

/** The gateway's instruction for a model without `response_format`. */
const OBJECT_INSTRUCTION = 'Your answer must be one JSON object';

/** How the gateway writes a schema into a prompt; the simulated model reads it there, as a real model would. */
const SCHEMA_IN_PROMPT = /<json_schema>([\s\S]*?)<\/json_schema>/;

/**
 * With `sim:json-wrong` the first answer does not fit the schema; with `=always` every answer.
 * @returns undefined if the request does not ask for JSON.
 */
export function makeJsonAnswer(scenario: Scenario, body: AnyBody, turn: Turn): string | undefined {
  const schema = schemaOf(body);
  if (schema === undefined && !wantsObject(body)) return undefined;
  const wrong = scenario.text('json-wrong') === 'always' || (scenario.has('json-wrong') && !turn.corrected);
  if (wrong) return schema?.type === 'array' ? '{}' : '["not what was asked for"]';
  return JSON.stringify(schema ? makeSample(schema) : { answer: clip(turn.question, 60), simulated: true });
}

/** The schema in the request, as servers enforce it (llama.cpp accepts it beside `json_object` too), or in the prompt. */
function schemaOf(body: AnyBody): AnyBody | undefined {
  const { json_schema: named, schema } = body?.response_format ?? {};
  if (named?.schema ?? schema) return named?.schema ?? schema;
  const texts = readMessages(body).map((message) => readText(message?.content));
  const written = texts.map((text) => SCHEMA_IN_PROMPT.exec(text)?.[1]).find((found) => found !== undefined);
  return written === undefined ? undefined : JSON.parse(written);
}

function wantsObject(body: AnyBody): boolean {
  if (body?.response_format?.type === 'json_object') return true;
  return readMessages(body).some(({ content }) => readText(content).includes(OBJECT_INSTRUCTION));
}
