/** Replaces lone surrogates by U+FFFD: JSON can escape one, and tokenizers of upstreams fail on it. */

/** Matches an escape that may be half of a pair. */
const ESCAPED_SURROGATE = /\\u[dD][89a-fA-F]/;

/** Makes all texts of a value well-formed, including member names. Changes objects and arrays in place. */
export function toWellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) if (needsLook(item)) value[index] = toWellFormed(item);
  } else if (typeof value === 'object' && value !== null) repairMembers(value as Record<string, unknown>);
  return value;
}

/** Does the same for JSON in a text, such as the arguments of a call. Text that is not JSON is returned as it is. */
export function toWellFormedJson(json: string): string {
  if (!ESCAPED_SURROGATE.test(json)) return json;
  try {
    return JSON.stringify(toWellFormed(JSON.parse(json)));
  } catch {
    return json;
  }
}

function needsLook(value: unknown): boolean {
  return typeof value === 'string' ? !value.isWellFormed() : typeof value === 'object';
}

function repairMembers(fields: Record<string, unknown>): void {
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if (needsLook(value)) fields[name] = toWellFormed(value);
    if (name.isWellFormed()) continue;
    fields[name.toWellFormed()] = fields[name];
    delete fields[name];
  }
}
