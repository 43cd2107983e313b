/**
 * Estimates the number of tokens of a text with the tokenizer o200k_base. GLM's own tokenizer is not published as a
 * package; its vocabulary is of similar size and as multilingual, so the counts are close.
 */
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';

/** Length of the pieces that are counted, in characters. The tokenizer's time is quadratic for text without breaks. */
const PIECE_LENGTH = 250;
/** Texts of up to 250,000 characters are counted completely; of longer ones, every second, third, … piece. */
const MAX_PIECES = 1_000;
/** Longest time for which counting blocks the event loop. Loading the tokenizer takes 200 ms and 70 MB, once. */
const SLICE_MS = 10;

/** Resolves to the estimated number of tokens; keeps no text. Rejects with the signal's reason when it is aborted. */
export async function countTokens(text: string, signal: AbortSignal): Promise<number> {
  const tokenizer = await import('gpt-tokenizer/encoding/o200k_base');
  try {
    return await countPieces(text, signal, (piece) => tokenizer.countTokens(piece, NO_SPECIAL_TOKENS));
  } finally {
    tokenizer.clearMergeCache();
  }
}

async function countPieces(text: string, signal: AbortSignal, count: (piece: string) => number) {
  const step = PIECE_LENGTH * Math.max(1, Math.ceil(text.length / (PIECE_LENGTH * MAX_PIECES)));
  let tokens = 0;
  let characters = 0;
  let since = performance.now();
  signal.throwIfAborted();
  for (let at = 0; at < text.length; at += step) {
    const piece = text.slice(at, at + PIECE_LENGTH);
    tokens += count(piece);
    characters += piece.length;
    if (performance.now() - since < SLICE_MS) continue;
    await yieldToEventLoop();
    signal.throwIfAborted();
    since = performance.now();
  }
  return Math.ceil((tokens * text.length) / Math.max(1, characters));
}

/** Special tokens such as `<|endoftext|>` are counted as text. */
const NO_SPECIAL_TOKENS = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };
