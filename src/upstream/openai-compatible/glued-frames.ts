/**
 * Events of which a server ran several together: Z.ai leaves the beginning of one in its buffer and writes the next, with
 * its `data:`, behind it. The beginning may be of somebody else's answer.
 */
import { parseJson } from '../json.js';

export interface GluedFrames {
  /** What can be read, in order. */
  readonly payloads: readonly string[];
  /** A piece of this answer's text is lost. */
  readonly isPartLost: boolean;
  /** Every frame is complete: only what separates them is missing, as in streams without empty lines and in NDJSON. */
  readonly isComplete: boolean;
}

/** Where the next frame begins inside of one: at its `data:`, or where a JSON object follows the end of another. */
const SEAM = /data:\s*(?=[{[])|\n(?=[{[])|(?<=\})(?=\{)/;
/** Members that hold text; a frame that was cut before them had none yet. */
const TEXT_MEMBER = /"(content|reasoning_content|reasoning|thinking|text|arguments|tool_calls)"\s*:/;

/**
 * @param id of the answer, as its chunks tell it
 * @returns undefined if the data is not several frames
 */
export function splitFrames(data: string, id: string | undefined): GluedFrames | undefined {
  const lines = splitFilled(data, '\n');
  if (lines.length > 1 && lines.every(isPayload))
    return { payloads: lines, isPartLost: false, isComplete: true };
  const frames = splitFilled(data, SEAM);
  if (frames.length < 2) return undefined;
  const payloads: string[] = [];
  let isPartLost = false;
  for (const frame of frames) {
    if (isPayload(frame)) {
      payloads.push(frame);
      continue;
    }
    const own = readId(frame);
    if (own !== undefined && id !== undefined && own !== id) continue;
    const closed = closeJson(frame);
    if (closed !== undefined) payloads.push(closed);
    else if (TEXT_MEMBER.test(frame)) isPartLost = true;
  }
  return { payloads, isPartLost, isComplete: false };
}

function splitFilled(data: string, separator: string | RegExp): string[] {
  return data
    .split(separator)
    .map((frame) => frame.trim())
    .filter(Boolean);
}

function isPayload(frame: string): boolean {
  return frame === '[DONE]' || typeof parseJson(frame) === 'object';
}

/** The id with which a chunk begins. */
function readId(frame: string): string | undefined {
  return /^\{\s*"id"\s*:\s*"([^"\\]{1,200})"/.exec(frame)?.[1];
}

/** The beginning of a JSON object with its open brackets closed; undefined where a text or a word was cut. */
function closeJson(frame: string): string | undefined {
  const closers: string[] = [];
  let isInString = false;
  for (let at = 0; at < frame.length; at += 1) {
    const char = frame.charAt(at);
    if (char === '"') isInString = !isInString;
    else if (isInString) at += char === '\\' ? 1 : 0;
    else if (char === '{' || char === '[') closers.push(char === '{' ? '}' : ']');
    else if (char === '}' || char === ']') closers.pop();
  }
  const closed = (frame.endsWith(',') ? frame.slice(0, -1) : frame) + closers.reverse().join('');
  return !isInString && parseJson(closed) !== undefined ? closed : undefined;
}
