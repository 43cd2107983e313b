/**
 * Digests by which a conversation is recognized: full SHA-256 over tenant and transcript, so that what is kept tells
 * nothing and no prefix collides. Pure.
 */
import { createHash, type Hash, hash } from 'node:crypto';
import { type AssistantMessage, getText, type Message } from '../completion/request.js';

export class Transcript {
  readonly #hash: Hash;
  /** Digest up to and including the last assistant message; undefined: this is a first turn. */
  readonly before: string | undefined;

  constructor(tenant: string, messages: readonly Message[]) {
    this.#hash = withText(createHash('sha256'), 'tenant', tenant);
    const last = messages.findLastIndex((message) => message.role === 'assistant');
    for (const [index, message] of messages.entries()) {
      withMessage(this.#hash, message);
      if (index === last) this.before = this.#hash.copy().digest('base64url');
    }
  }

  /** Digest of the transcript with this answer at its end: what the next turn's `before` will be. */
  after(answer: Omit<AssistantMessage, 'role'>): string {
    return withMessage(this.#hash.copy(), { role: 'assistant', ...answer }).digest('base64url');
  }
}

/** Digest of an id that the client gave its conversation. */
export function conversationDigest(tenant: string, id: string): string {
  return hash('sha256', part('tenant', tenant) + part('id', id), 'base64url');
}

/** What clients send back of an answer: some drop the thinking that stood in it, some trim. Calls go by their ids. */
function withMessage(hash: Hash, message: Message): Hash {
  const { role } = message;
  const text = getText(message);
  withText(hash, role, (role === 'assistant' ? withoutThinking(text) : text).trim());
  if (role === 'tool') withText(hash, 'call', message.callId);
  if (role === 'assistant') for (const { id } of message.toolCalls ?? []) withText(hash, 'call', id);
  return hash;
}

function withText(hash: Hash, kind: string, text: string): Hash {
  return hash.update(part(kind, text));
}

/** Lengths keep apart what would only run together the same way. */
function part(kind: string, text: string): string {
  return `${kind} ${text.length}\n${text}\n`;
}

function withoutThinking(content: string): string {
  let rest = content;
  let kept = '';
  // By hand, since a pattern would search to the end again and again for a tag that is never closed.
  for (;;) {
    const open = rest.indexOf('<think>');
    const close = open === -1 ? -1 : rest.indexOf('</think>', open);
    if (close === -1) return kept + rest;
    kept += rest.slice(0, open);
    rest = rest.slice(close + '</think>'.length);
  }
}
