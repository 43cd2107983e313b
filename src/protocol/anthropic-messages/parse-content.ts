/** Content blocks of Anthropic's messages → neutral parts: text, images, and what can be read as text. */
import type { ContentPart, ImagePart } from '../../completion/request.js';
import { BadRequestError } from '../../errors.js';
import { type Fields, isFields, stringOr, unsupportedContent, wrong } from '../fields.js';
import { imageOf } from '../images.js';

/** A content that may be a string, blocks, or left out, as blocks. */
export function blocksOf(value: unknown, at: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return value === '' ? [] : [{ type: 'text', text: value }];
  if (!Array.isArray(value)) throw wrong(at, 'must be a string or an array of content blocks');
  return value;
}

/** Where no image can stand. */
export function parseTexts(value: unknown, at: string): string[] {
  return blocksOf(value, at).map((block, index) => {
    const part = parsePart(block, `${at}[${index}]`);
    if (part.type === 'text') return part.text;
    throw unsupportedContent('blocks', 'image', `${at}[${index}]`, 'images can only stand in a user message');
  });
}

/** The same as one text. */
export function parseText(value: unknown, at: string): string {
  return parseTexts(value, at).join('\n');
}

/** Throws a BadRequestError that names the block at fault. */
export function parsePart(block: unknown, at: string): ContentPart {
  if (typeof block === 'string') return text(block);
  if (!isFields(block)) throw wrong(at, 'must be a content block with a type');
  switch (block.type) {
    case 'text':
      if (typeof block.text !== 'string') throw wrong(`${at}.text`, 'must be a string');
      return text(block.text);
    case 'image':
      return parseImage(block.source, `${at}.source`);
    case 'document':
      return text(documentText(block, at));
    case 'search_result':
      return text(titled(block.title, `${stringOr(block.source, '')}\n${parseText(block.content, at)}`));
    case 'tool_reference':
      return text(stringOr(block.tool_name, ''));
    default:
      if (typeof block.type !== 'string') throw wrong(`${at}.type`, 'must be "text" or another block type');
      throw unsupportedContent('blocks', block.type, at, 'send text, images, tool_use and tool_result');
  }
}

function parseImage(source: unknown, at: string): ImagePart {
  if (!isFields(source)) throw wrong(at, 'must be an object with a type');
  if (source.type === 'url') return imageOf(source.url, `${at}.url`);
  if (source.type !== 'base64') {
    throw unsupportedSource(at, 'images must be of source type "base64" or "url"; files are not kept here');
  }
  if (typeof source.media_type !== 'string' || !/^image\/[\w.+-]+$/i.test(source.media_type)) {
    throw wrong(`${at}.media_type`, 'must be the type of an image, such as image/png');
  }
  if (typeof source.data !== 'string' || source.data === '') throw wrong(`${at}.data`, 'must be base64');
  return imageOf(`data:${source.media_type};base64,${source.data}`, `${at}.data`);
}

/** GLM reads no PDF, and the gateway takes none apart. */
function documentText(block: Fields, at: string): string {
  const source = isFields(block.source) ? block.source : {};
  if (source.type === 'text') return titled(block.title, stringOr(source.data, ''));
  if (source.type === 'content') {
    return titled(block.title, parseText(source.content, `${at}.source.content`));
  }
  throw unsupportedSource(
    `${at}.source`,
    'only documents of plain text can be read here (source type "text"); send a PDF as its text or as images',
  );
}

function titled(title: unknown, words: string): string {
  return typeof title === 'string' && title !== '' ? `${title}\n${words}` : words;
}

function text(words: string): ContentPart {
  return { type: 'text', text: words };
}

function unsupportedSource(param: string, what: string): BadRequestError {
  return new BadRequestError(`${param}: ${what}.`, { code: 'unsupported_content', param });
}
