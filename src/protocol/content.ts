/** Contents of messages in the forms of all client protocols → neutral parts. A part's type tells its form. */
import type { GivenContent, GivenPart, UnreadablePart } from '../completion/history.js';
import { omittedLine } from '../completion/images.js';
import { type ApiError, BadRequestError } from '../vocabulary/errors.js';
import { type Fields, isFields, stringOr, unsupportedContent, wrong } from './fields.js';
import { parseImage } from './images.js';

const CURE = 'send text or images';
const NO_FILES = 'files are not kept here; send the image itself or its URL';
const NESTED = 'documents can only hold text here';

/** A string, one part, parts, or nothing. Throws a BadRequestError that names the part that cannot be understood. */
export function parseContent(value: unknown, at: string): GivenContent {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (isFields(value)) return [parsePart(value, at)];
  if (!Array.isArray(value)) throw wrong(at, 'must be a string, an array of parts, or null');
  return value.map((part, index) => parsePart(part, `${at}[${index}]`));
}

/** What a tool gave back: content, or else the tool's own JSON, which some clients do not write out. */
export function parseResultContent(value: unknown, at: string): GivenContent {
  const parts: unknown[] = Array.isArray(value) ? value : [value ?? ''];
  const isContent = parts.every(
    (part) => typeof part === 'string' || (isFields(part) && typeof part.type === 'string'),
  );
  return isContent ? parseContent(value, at) : JSON.stringify(value);
}

export function parsePart(part: unknown, at: string): GivenPart {
  if (typeof part === 'string') return { type: 'text', text: part };
  if (!isFields(part)) throw wrong(at, 'must be an object with a type');
  switch (part.type) {
    case 'text':
    case 'input_text':
    case 'output_text':
      if (typeof part.text !== 'string') throw wrong(`${at}.text`, 'must be a string');
      return { type: 'text', text: part.text };
    case 'refusal':
      return text(stringOr(part.refusal, ''));
    case 'image_url': {
      const image = isFields(part.image_url) ? part.image_url : { url: part.image_url };
      return parseImage(image.url, `${at}.image_url.url`, image.detail ?? part.detail);
    }
    case 'input_image':
      return parseInputImage(part, at);
    case 'image':
      return parseImageBlock(part, at);
    case 'document':
      return parseDocument(part, at);
    case 'search_result':
      return text(titled(part.title, `${stringOr(part.source, '')}\n${nestedText(part.content, at)}`));
    // MCP's results.
    case 'resource':
      return parseResource(part, at);
    case 'resource_link':
      return text(titled(part.name, stringOr(part.uri, '')));
    case 'tool_reference':
      return text(stringOr(part.tool_name, ''));
    default:
      if (typeof part.type !== 'string') throw wrong(`${at}.type`, 'must be "text" or another type of part');
      return unreadable(kindOf(part.type, part), unsupportedContent('parts', part.type, at, CURE));
  }
}

function unreadable(kind: string, error: ApiError): UnreadablePart {
  return { type: 'unreadable', kind, error };
}

/** Responses' form. */
function parseInputImage({ image_url: url, file_id: file, detail }: Fields, at: string): GivenPart {
  if (typeof file === 'string' && (url === undefined || url === null)) {
    return unreadable('image', unsupportedSource(`${at}.file_id`, NO_FILES));
  }
  return parseImage(isFields(url) ? url.url : url, `${at}.image_url`, detail);
}

/** Anthropic's form, and that of MCP's results. */
function parseImageBlock(part: Fields, at: string): GivenPart {
  if (typeof part.data === 'string') return parseImageData(part.mimeType, part.data, at, 'mimeType');
  const { source } = part;
  if (!isFields(source)) return unreadable('image', wrong(`${at}.source`, 'must be an object with a type'));
  if (source.type === 'url') return parseImage(source.url, `${at}.source.url`);
  if (source.type === 'base64') {
    return parseImageData(source.media_type, source.data, `${at}.source`, 'media_type');
  }
  return unreadable('image', unsupportedSource(`${at}.source`, NO_FILES));
}

function parseImageData(type: unknown, data: unknown, at: string, typeField: string): GivenPart {
  if (typeof type !== 'string' || !/^image\/[\w.+-]+$/i.test(type)) {
    return unreadable(
      'image',
      wrong(`${at}.${typeField}`, 'must be the type of an image, such as image/png'),
    );
  }
  if (typeof data !== 'string' || data === '')
    return unreadable('image', wrong(`${at}.data`, 'must be base64'));
  return parseImage(`data:${type};base64,${data}`, `${at}.data`);
}

/** Documents of text are read; PDFs are not taken apart here. */
function parseDocument(part: Fields, at: string): GivenPart {
  const source = isFields(part.source) ? part.source : {};
  if (source.type === 'text') return text(titled(part.title, stringOr(source.data, '')));
  if (source.type === 'content') {
    return text(titled(part.title, nestedText(source.content, `${at}.source.content`)));
  }
  return unreadable(
    fileKind(part.title, source.media_type),
    unsupportedSource(
      `${at}.source`,
      'only documents of plain text can be read here (source type "text"); send a PDF as its text or as images',
    ),
  );
}

/** A file that a tool of MCP shows: its text, or bytes that cannot be read. */
function parseResource(part: Fields, at: string): GivenPart {
  const { uri, text: words, mimeType } = isFields(part.resource) ? part.resource : {};
  if (typeof words === 'string') return text(titled(uri, words));
  return unreadable(fileKind(uri, mimeType), unsupportedContent('parts', 'resource', at, CURE));
}

/** Of a document's own parts, where only texts can stand. */
function nestedText(value: unknown, at: string): string {
  const content = parseContent(value, at);
  if (typeof content === 'string') return content;
  return content
    .map((part) =>
      part.type === 'text' ? part.text : omittedLine(part.type === 'image' ? 'image' : part.kind, NESTED),
    )
    .join('\n');
}

/** As the model is told of a part that it cannot read. */
function kindOf(type: string, part: Fields): string {
  if (/audio/.test(type)) return 'audio';
  if (/video/.test(type)) return 'video';
  if (type !== 'file' && type !== 'input_file') return `"${type.slice(0, 50)}" part`;
  const file = isFields(part.file) ? part.file : part;
  return fileKind(file.filename, stringOr(file.file_data, '').slice(0, 50));
}

/** With its name: the model may have a tool that reads it. */
function fileKind(name: unknown, type: unknown): string {
  if (typeof name === 'string' && name !== '') return `file ${JSON.stringify(name.slice(0, 200))}`;
  return /pdf/i.test(stringOr(type, '')) ? 'PDF' : 'file';
}

function titled(title: unknown, words: string): string {
  return typeof title === 'string' && title !== '' ? `${title}\n${words}` : words;
}

function text(words: string): GivenPart {
  return { type: 'text', text: words };
}

function unsupportedSource(param: string, what: string): BadRequestError {
  return new BadRequestError(`${param}: ${what}.`, { code: 'unsupported_content', param });
}
