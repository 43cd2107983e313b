/** An image as clients give it: inside the request, or as an address for the upstream to fetch. */
import type { ImagePart } from '../completion/request.js';
import { wrong } from './fields.js';

/** Throws a BadRequestError for anything but `data:image/…;base64,…` and `http(s)://…`. Nothing is fetched here. */
export function imageOf(url: unknown, at: string, detail?: unknown): ImagePart {
  if (typeof url !== 'string' || !/^(data:image\/[\w.+-]+;base64,|https?:\/\/[^/])/i.test(url)) {
    throw wrong(at, 'must be an image as a data URL (data:image/png;base64,…) or an http(s) URL');
  }
  return { type: 'image', url, ...(typeof detail === 'string' ? { detail } : {}), param: at };
}
