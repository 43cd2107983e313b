/**
 * How many tokens a text has: an estimate by the tokenizer o200k_base. GLM's own comes in no package; it, too, has a
 * large vocabulary of many languages, so that the figures come near each other.
 */
import { setImmediate as letOthersRun } from 'node:timers/promises';

/** In characters. The tokenizer takes the square of the time for a run without a break, however it is made. */
const PIECE = 250;
/** A quarter of a million characters are counted whole; of longer texts every second, third, … piece. */
const MOST_PIECES = 1_000;
/** How long other requests wait at most, but for the loading: a fifth of a second, once, and 70 MB. */
const SLICE_MS = 10;

/** Nothing of the text is kept. Rejects with the signal's reason once that is aborted. */
export async function countTokens(text: string, signal: AbortSignal): Promise<number> {
  const tokenizer = await import('gpt-tokenizer/encoding/o200k_base');
  try {
    return await countPieces(text, signal, (piece) => tokenizer.countTokens(piece, NO_SPECIAL_TOKENS));
  } finally {
    tokenizer.clearMergeCache();
  }
}

async function countPieces(text: string, signal: AbortSignal, count: (piece: string) => number) {
  const step = PIECE * Math.max(1, Math.ceil(text.length / (PIECE * MOST_PIECES)));
  let tokens = 0;
  let characters = 0;
  let since = performance.now();
  signal.throwIfAborted();
  for (let at = 0; at < text.length; at += step) {
    const piece = text.slice(at, at + PIECE);
    tokens += count(piece);
    characters += piece.length;
    if (performance.now() - since < SLICE_MS) continue;
    await letOthersRun();
    signal.throwIfAborted();
    since = performance.now();
  }
  return Math.ceil((tokens * text.length) / Math.max(1, characters));
}

/** `<|endoftext|>` in a text is text. */
const NO_SPECIAL_TOKENS = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };
