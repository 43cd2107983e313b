/** The arguments of a call as the model wrote them → JSON of one object, repaired where that is safe. */
import { jsonrepair } from 'jsonrepair';
import type { Tool } from '../../../completion/request.js';
import { asObject, parseJson } from '../../json.js';

/** Longer arguments are not repaired, in characters, since the time for it grows with the square of their length. */
export const MAX_REPAIR = 32 * 1024;

const FENCE_BEFORE = /^```[\w-]*\s*/;
const FENCE = '```';

/**
 * @returns undefined if they cannot be read. Only `closed` arguments, which the model finished, are repaired: others would be
 * completed to a call that the model did not make.
 */
export function readArguments(written: string, tool: Tool, closed: boolean): string | undefined {
  if (written.trim() === '') return closed ? '{}' : undefined;
  const text = removeFence(written.trim());
  if (asObject(parseJson(text)) !== undefined) return text;
  return closed ? repairArguments(text, tool) : undefined;
}

function removeFence(text: string): string {
  const begun = text.replace(FENCE_BEFORE, '');
  return begun.endsWith(FENCE) ? begun.slice(0, -FENCE.length).trimEnd() : begun;
}

function repairArguments(text: string, { parameters }: Tool): string | undefined {
  if (text.length > MAX_REPAIR) return undefined;
  let json: string;
  try {
    json = jsonrepair(text);
  } catch {
    return undefined;
  }
  const fields = asObject(parseJson(json));
  if (fields === undefined) return undefined;
  // A repair that brings forth arguments nobody declared has misread a text in between as one.
  const declared = asObject(parameters?.properties);
  const known = declared === undefined || Object.keys(fields).every((name) => Object.hasOwn(declared, name));
  return known ? json : undefined;
}
