/** The client's name of a field that an upstream names as chat completions do. Pure. */
import { isFields } from './fields.js';

/** The names of a field in all client protocols, highest precedence first. Other fields have one name everywhere. */
const PLACES: ReadonlyMap<string, readonly string[]> = new Map([
  ['max_tokens', ['max_completion_tokens', 'max_output_tokens', 'max_tokens']],
  ['messages', ['messages', 'input', 'prompt']],
  [
    'reasoning_effort',
    [
      'reasoning_effort',
      'reasoning.effort',
      'output_config.effort',
      'chat_template_kwargs.reasoning_effort',
      'thinking.budget_tokens',
      'reasoning.max_tokens',
      'thinking_budget',
    ],
  ],
  ['response_format', ['response_format', 'text.format', 'output_config.format', 'output_format']],
  ['stop', ['stop', 'stop_sequences']],
  ['thinking', ['enable_thinking', 'thinking', 'reasoning', 'chat_template_kwargs']],
  ['user', ['user', 'safety_identifier']],
]);

/**
 * @param upstreamPath from the upstream's error: `max_tokens`, `tools[0].function.parameters`
 * @param body the client's request
 * @returns the part of the path that exists in the body, or the path itself if the client did not send the field
 */
export function findClientField(upstreamPath: string, body: unknown): string {
  const [head = '', ...rest] = upstreamPath.match(/[^.[\]]+|\[\d+\]/g) ?? [];
  const place = (PLACES.get(head) ?? [head]).find((path) => valueAt(body, path.split('.')) !== undefined);
  if (place === undefined) return upstreamPath;
  let value = valueAt(body, place.split('.'));
  let field = place;
  for (const part of rest) {
    value = valueAt(value, [part.replace(/[[\]]/g, '')]);
    if (value === undefined) break;
    field += part.startsWith('[') ? part : `.${part}`;
  }
  return field;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => {
    if (Array.isArray(inner)) return inner[Number(key)];
    return isFields(inner) && Object.hasOwn(inner, key) ? (inner[key] ?? undefined) : undefined;
  }, value);
}
