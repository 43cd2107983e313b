/** Removes the gateway's own credential from error texts, since upstreams quote their requests. Pure. */

/** Shorter tokens may be parts of words. */
const MIN_LENGTH = 8;
const HIDDEN = '[hidden]';
/** The end of a clipped text; it may be clipped within a token. */
const CLIPPED = '…';

/** Returns `text` without `token`, whether whole or clipped. Tokens of fewer than 8 characters are not removed. */
export function hideToken(text: string, token: string | undefined): string {
  if (token === undefined || token.length < MIN_LENGTH || !text.includes(token.slice(0, MIN_LENGTH)))
    return text;
  let hidden = text.replaceAll(token, HIDDEN);
  for (let length = token.length - 1; length >= MIN_LENGTH; length -= 1) {
    hidden = hidden.replaceAll(token.slice(0, length) + CLIPPED, HIDDEN + CLIPPED);
  }
  return hidden;
}
