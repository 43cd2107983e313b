/** Images of a request: inside the request as a data URL, or as an address for the upstream to fetch. */
import type { UnreadablePart } from '../completion/history.js';
import type { ImagePart } from '../completion/request.js';
import { BadRequestError } from '../vocabulary/errors.js';
import { wrong } from './fields.js';

/** Throws a BadRequestError unless the URL is `data:image/…;base64,…` or `http(s)://…`. The gateway fetches no images. */
export function parseImageUrl(url: unknown, at: string, detail?: unknown): ImagePart {
  if (typeof url !== 'string' || !/^(data:image\/[\w.+-]+;base64,|https?:\/\/[^/])/i.test(url)) {
    throw wrong(at, 'must be an image as a data URL (data:image/png;base64,…) or an http(s) URL');
  }
  return { type: 'image', url, ...(typeof detail === 'string' ? { detail } : {}), param: at };
}

/** The same, but a bad URL becomes an unreadable part, which fails the request only in its newest user message. */
export function parseImage(url: unknown, at: string, detail?: unknown): ImagePart | UnreadablePart {
  try {
    return parseImageUrl(url, at, detail);
  } catch (error) {
    if (error instanceof BadRequestError) return { type: 'unreadable', kind: 'image', error };
    throw error;
  }
}
