/** Answers in JSON: an object where one was asked for, a value that fits where there is a JSON Schema. */
import { type AnyBody, messagesOf, type Turn, textOf } from './conversation.js';
import type { Scenario } from './scenarios.js';
import { sampleOf } from './schema-sample.js';
import { clip } from './text.js';

/** What the gateway tells a model that has no switch for JSON. */
const OBJECT_INSTRUCTION = 'Your answer must be one JSON object';

/** How the gateway writes a schema into a prompt: the pretend model reads it as a real one would. */
const SCHEMA_IN_PROMPT = /<json_schema>([\s\S]*?)<\/json_schema>/;

/** Undefined where no JSON was asked for. `sim:json-wrong`: the first one does not fit; `=always`: none does. */
export function jsonAnswer(scenario: Scenario, body: AnyBody, turn: Turn): string | undefined {
  const schema = schemaOf(body);
  if (schema === undefined && !wantsObject(body)) return undefined;
  const wrong = scenario.text('json-wrong') === 'always' || (scenario.has('json-wrong') && !turn.corrected);
  if (wrong) return schema?.type === 'array' ? '{}' : '["not what was asked for"]';
  return JSON.stringify(schema ? sampleOf(schema) : { answer: clip(turn.question, 60), simulated: true });
}

/** In the request, as servers enforce it (llama.cpp beside `json_object` too), or in the prompt. */
function schemaOf(body: AnyBody): AnyBody | undefined {
  const { json_schema: named, schema } = body?.response_format ?? {};
  if (named?.schema ?? schema) return named?.schema ?? schema;
  const texts = messagesOf(body).map((message) => textOf(message?.content));
  const written = texts.map((text) => SCHEMA_IN_PROMPT.exec(text)?.[1]).find((found) => found !== undefined);
  return written === undefined ? undefined : JSON.parse(written);
}

function wantsObject(body: AnyBody): boolean {
  if (body?.response_format?.type === 'json_object') return true;
  return messagesOf(body).some(({ content }) => textOf(content).includes(OBJECT_INSTRUCTION));
}
