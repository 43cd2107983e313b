/** Contents of messages in the forms of all client protocols → neutral parts. The type of a part determines its form. */
import type { GivenContent, GivenPart, UnreadablePart } from '../completion/history.js';
import { omittedLine } from '../completion/images.js';
import { type ApiError, BadRequestError } from '../vocabulary/errors.js';
import { type Fields, isFields, stringOr, unsupportedContent, wrong } from './fields.js';
import { parseImage } from './images.js';

const CURE = 'send text or images';
const NO_FILES = 'files are not kept here; send the image itself or its URL';
const NESTED = 'documents can only hold text here';

/** Parses a string, one part, an array of parts, or nothing. Throws a BadRequestError that names the malformed part. */
export function parseContent(value: unknown, at: string): GivenContent {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (isFields(value)) return [parsePart(value, at)];
  if (!Array.isArray(value)) throw wrong(at, 'must be a string, an array of parts, or null');
  return value.map((part, index) => parsePart(part, `${at}[${index}]`));
}

/** Parses a tool's result. Some clients send the tool's own JSON instead of content; it becomes text. */
export function parseResultContent(value: unknown, at: string): GivenContent {
  const parts: unknown[] = Array.isArray(value) ? value : [value ?? ''];
  const isContent = parts.every(
    (part) => typeof part === 'string' || (isFields(part) && typeof part.type === 'string'),
  );
  return isContent ? parseContent(value, at) : JSON.stringify(value);
}

/**
 * Parses one part. A part that no model can read (PDF, audio, …) comes back as `unreadable`: it fails the request only in the
 * newest user message. Throws a BadRequestError for a malformed part.
 */
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
      return text(addTitle(part.title, `${stringOr(part.source, '')}\n${nestedText(part.content, at)}`));
    // Results of MCP tools.
    case 'resource':
      return parseResource(part, at);
    case 'resource_link':
      return text(addTitle(part.name, stringOr(part.uri, '')));
    case 'tool_reference':
      return text(stringOr(part.tool_name, ''));
    default:
      if (typeof part.type !== 'string') throw wrong(`${at}.type`, 'must be "text" or another type of part');
      return unreadable(describeKind(part.type, part), unsupportedContent('parts', part.type, at, CURE));
  }
}

function unreadable(kind: string, error: ApiError): UnreadablePart {
  return { type: 'unreadable', kind, error };
}

/** Form of Responses. */
function parseInputImage({ image_url: url, file_id: file, detail }: Fields, at: string): GivenPart {
  if (typeof file === 'string' && (url === undefined || url === null)) {
    return unreadable('image', unsupportedSource(`${at}.file_id`, NO_FILES));
  }
  return parseImage(isFields(url) ? url.url : url, `${at}.image_url`, detail);
}

/** Form of Anthropic, and of the results of MCP tools. */
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

/** Reads documents of plain text; PDFs are unreadable. */
function parseDocument(part: Fields, at: string): GivenPart {
  const source = isFields(part.source) ? part.source : {};
  if (source.type === 'text') return text(addTitle(part.title, stringOr(source.data, '')));
  if (source.type === 'content') {
    return text(addTitle(part.title, nestedText(source.content, `${at}.source.content`)));
  }
  return unreadable(
    describeFile(part.title, source.media_type),
    unsupportedSource(
      `${at}.source`,
      'only documents of plain text can be read here (source type "text"); send a PDF as its text or as images',
    ),
  );
}

/** A file that an MCP tool returned: text is read, bytes are unreadable. */
function parseResource(part: Fields, at: string): GivenPart {
  const { uri, text: words, mimeType } = isFields(part.resource) ? part.resource : {};
  if (typeof words === 'string') return text(addTitle(uri, words));
  return unreadable(describeFile(uri, mimeType), unsupportedContent('parts', 'resource', at, CURE));
}

/** Joins the parts inside a document, where only text is supported. */
function nestedText(value: unknown, at: string): string {
  const content = parseContent(value, at);
  if (typeof content === 'string') return content;
  return content
    .map((part) =>
      part.type === 'text' ? part.text : omittedLine(part.type === 'image' ? 'image' : part.kind, NESTED),
    )
    .join('\n');
}

/** Names a part that cannot be read, for the line of text that replaces it. */
function describeKind(type: string, part: Fields): string {
  if (/audio/.test(type)) return 'audio';
  if (/video/.test(type)) return 'video';
  if (type !== 'file' && type !== 'input_file') return `"${type.slice(0, 50)}" part`;
  const file = isFields(part.file) ? part.file : part;
  return describeFile(file.filename, stringOr(file.file_data, '').slice(0, 50));
}

/** Includes the file's name: the model may have a tool that reads the file. */
function describeFile(name: unknown, type: unknown): string {
  if (typeof name === 'string' && name !== '') return `file ${JSON.stringify(name.slice(0, 200))}`;
  return /pdf/i.test(stringOr(type, '')) ? 'PDF' : 'file';
}

function addTitle(title: unknown, words: string): string {
  return typeof title === 'string' && title !== '' ? `${title}\n${words}` : words;
}

function text(words: string): GivenPart {
  return { type: 'text', text: words };
}

function unsupportedSource(param: string, what: string): BadRequestError {
  return new BadRequestError(`${param}: ${what}.`, { code: 'unsupported_content', param });
}
