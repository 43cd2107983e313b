/** Contents of messages and of calls' results: a text, or parts. */
import type { ContentPart } from '../../completion/request.js';
import { type Fields, isFields, stringOr, unsupported, unsupportedContent, wrong } from '../fields.js';
import { imageOf } from '../images.js';

/** Throws a BadRequestError that names the part at fault. */
export function parseContent(value: unknown, at: string): ContentPart[] {
  if (value === undefined || value === null || value === '') return [];
  if (typeof value === 'string') return [{ type: 'text', text: value }];
  if (!Array.isArray(value)) throw wrong(at, 'must be a string or an array of parts');
  return value.map((part, index) => parsePart(part, `${at}[${index}]`));
}

/** The same where no image can stand. */
export function parseText(value: unknown, at: string): string {
  const parts = parseContent(value, at);
  const index = parts.findIndex(({ type }) => type === 'image');
  if (index === -1) return parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
  throw unsupportedContent(
    'parts',
    'input_image',
    `${at}[${index}]`,
    'images can only stand in a user message',
  );
}

function parsePart(part: unknown, at: string): ContentPart {
  if (!isFields(part)) throw wrong(at, 'must be an object with a type');
  switch (part.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      if (typeof part.text !== 'string') throw wrong(`${at}.text`, 'must be a string');
      return { type: 'text', text: part.text };
    case 'refusal':
      return { type: 'text', text: stringOr(part.refusal, '') };
    case 'input_image':
      return parseImage(part, at);
    default:
      if (typeof part.type !== 'string') throw wrong(`${at}.type`, 'must be "input_text" or "input_image"');
      throw unsupportedContent('parts', part.type, at, 'send input_text or input_image');
  }
}

function parseImage({ image_url: url, file_id: file, detail }: Fields, at: string): ContentPart {
  if (typeof file === 'string' && (url === undefined || url === null)) {
    throw unsupported(`${at}.file_id`, 'files are not kept here; send the image as image_url.');
  }
  return imageOf(isFields(url) ? url.url : url, `${at}.image_url`, detail);
}
