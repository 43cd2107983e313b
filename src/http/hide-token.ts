/** Keeps the gateway's own credential out of error texts: upstreams quote their requests. Pure. */

/** Shorter tokens may be parts of words. */
const MIN_LENGTH = 8;
const HIDDEN = '[hidden]';
/** How a text ends that was clipped, be it in the middle of a token. */
const CLIPPED = '…';

/** `text` without `token`, whole or cut short by clipping. Tokens of fewer than 8 characters are left as they are. */
export function hideToken(text: string, token: string | undefined): string {
  if (token === undefined || token.length < MIN_LENGTH || !text.includes(token.slice(0, MIN_LENGTH)))
    return text;
  let hidden = text.replaceAll(token, HIDDEN);
  for (let length = token.length - 1; length >= MIN_LENGTH; length -= 1) {
    hidden = hidden.replaceAll(token.slice(0, length) + CLIPPED, HIDDEN + CLIPPED);
  }
  return hidden;
}
