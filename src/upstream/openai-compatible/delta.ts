/** Reads text and reasoning of a choice's delta or message, in the members and pieces of any server. */
import { asObject, asText, type JsonObject } from '../json.js';

/** Members that may hold reasoning; servers that fill several say the same in each. */
const REASONING = ['reasoning_content', 'reasoning', 'thinking', 'reasoning_details'] as const;

export interface DeltaText {
  readonly text: string;
  readonly reasoning: string;
}

export function readDelta(delta: JsonObject): DeltaText {
  const { content } = delta;
  const reasoning = readReasoning(delta);
  // Nearly all deltas: one text.
  if (typeof content === 'string') return { text: content, reasoning };
  if (Array.isArray(content)) return readParts(content, reasoning);
  const text = joinText(content) || (asText(delta.refusal) ?? '');
  return { text, reasoning };
}

function readReasoning(delta: JsonObject): string {
  for (const name of REASONING) {
    const value = delta[name];
    if (value === undefined || value === null || value === '') continue;
    const text = joinText(value);
    if (text !== '') return text;
  }
  return '';
}

/** Mistral's form: parts of text and of thinking side by side. */
function readParts(parts: readonly unknown[], already: string): DeltaText {
  let text = '';
  let reasoning = '';
  for (const part of parts) {
    const type = asText(asObject(part)?.type) ?? '';
    if (/think|reason/.test(type)) reasoning += joinText(part);
    else text += joinText(part);
  }
  return { text, reasoning: already || reasoning };
}

/** A text, or the texts of parts: `{text}`, `{thinking: [{text}]}`, `{summary}`. */
function joinText(value: unknown, depth = 0): string {
  if (typeof value === 'string') return value;
  if (depth > 3) return '';
  if (Array.isArray(value)) return value.map((part) => joinText(part, depth + 1)).join('');
  const part = asObject(value);
  if (part === undefined) return '';
  return joinText(part.text ?? part.thinking ?? part.reasoning ?? part.summary ?? part.content, depth + 1);
}
