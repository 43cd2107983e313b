/** Images in a conversation, for models that read images and for models that do not. Pure. */
import { BadRequestError } from '../vocabulary/errors.js';
import { type ContentPart, type ImagePart, joinParts, type Message, type ToolMessage } from './request.js';

const MOVED = '[image: in the next user message]';

/** The line that a model reads in place of a part that it cannot read. */
export function omittedLine(kind: string, reason: string): string {
  return `[${kind} omitted: ${reason}]`;
}

/**
 * For a model that reads only text: replaces each image by a line with the reason, so that a session can continue after a
 * tool or an earlier turn has shown one. Throws a BadRequestError with reason and cure when the newest user message
 * attaches an image.
 */
export function omitImages(messages: readonly Message[], reason: string, cure: string): readonly Message[] {
  if (!messages.some(hasImages)) return messages;
  const line: ContentPart = { type: 'text', text: omittedLine('image', reason) };
  const omit = (part: ContentPart): ContentPart => {
    if (part.type === 'text') return part;
    if (part.attached) throw unreadable(part, reason, cure);
    return line;
  };
  return messages.map((message) =>
    hasImages(message) ? withParts(message, message.content.map(omit)) : message,
  );
}

/** Whether a conversation has images, none of them attached by the newest user message: then they can be left out. */
export function hasOnlyPastImages(messages: readonly Message[]): boolean {
  const images = messages.flatMap(imagesIn);
  return images.length > 0 && !images.some(({ attached }) => attached);
}

/**
 * For a model that reads images: upstreams accept images only in user messages, so images in tool results move to the user
 * message after the results.
 */
export function moveImages(messages: readonly Message[]): readonly Message[] {
  if (!messages.some((message) => message.role === 'tool' && hasImages(message))) return messages;
  const moved: Message[] = [];
  let waiting: ImagePart[] = [];
  for (const message of messages) {
    if (message.role === 'tool') {
      waiting.push(...imagesIn(message));
      moved.push(withoutImageParts(message));
      continue;
    }
    if (message.role === 'user' && waiting.length > 0) moved.push(withImagesBefore(message, waiting));
    else if (waiting.length > 0) moved.push({ role: 'user', content: waiting }, message);
    else moved.push(message);
    waiting = [];
  }
  return waiting.length === 0 ? moved : [...moved, { role: 'user', content: waiting }];
}

type WithParts = Extract<Message, { role: 'user' | 'tool' }> & { readonly content: readonly ContentPart[] };

function hasImages(message: Message): message is WithParts {
  return typeof message.content !== 'string' && message.content.some(({ type }) => type === 'image');
}

function imagesIn({ content }: Message): ImagePart[] {
  return typeof content === 'string' ? [] : content.filter((part) => part.type === 'image');
}

function withParts(message: WithParts, parts: readonly ContentPart[]): Message {
  return { ...message, content: joinParts(parts) };
}

function withoutImageParts(message: ToolMessage): Message {
  if (!hasImages(message)) return message;
  return withParts(
    message,
    message.content.map((part) => (part.type === 'image' ? { type: 'text', text: MOVED } : part)),
  );
}

function withImagesBefore({ content }: Message, images: readonly ImagePart[]): Message {
  const own: readonly ContentPart[] =
    typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  return { role: 'user', content: [...images, ...own] };
}

function unreadable({ param }: ImagePart, reason: string, cure: string): BadRequestError {
  return new BadRequestError(`${param}: ${reason}; ${cure}.`, { code: 'unsupported_content', param });
}
