/**
 * Digests by which a conversation is recognized: SHA-256 over the tenant and the transcript, so that the store holds no
 * text and different transcripts do not collide. Pure.
 */
import { createHash, type Hash, hash } from 'node:crypto';
import { type AssistantMessage, getText, type Message } from '../completion/request.js';

export class Transcript {
  readonly #hash: Hash;
  /** Digest up to and including the last assistant message, `undefined` for a first turn. */
  readonly before: string | undefined;

  constructor(tenant: string, messages: readonly Message[]) {
    this.#hash = addText(createHash('sha256'), 'tenant', tenant);
    const last = messages.findLastIndex((message) => message.role === 'assistant');
    for (const [index, message] of messages.entries()) {
      addMessage(this.#hash, message);
      if (index === last) this.before = this.#hash.copy().digest('base64url');
    }
  }

  /** Computes the digest of the transcript followed by this answer, which is `before` of the next turn. */
  after(answer: Omit<AssistantMessage, 'role'>): string {
    return addMessage(this.#hash.copy(), { role: 'assistant', ...answer }).digest('base64url');
  }
}

/** Computes the digest of a client's conversation id. */
export function digestConversationId(tenant: string, id: string): string {
  return hash('sha256', encodePart('tenant', tenant) + encodePart('id', id), 'base64url');
}

/**
 * Adds the parts of a message that clients send back unchanged. Some clients drop thinking or trim text; calls are
 * recognized by their ids.
 */
function addMessage(hash: Hash, message: Message): Hash {
  const { role } = message;
  const text = getText(message);
  addText(hash, role, (role === 'assistant' ? removeThinking(text) : text).trim());
  if (role === 'tool') addText(hash, 'call', message.callId);
  if (role === 'assistant') for (const { id } of message.toolCalls ?? []) addText(hash, 'call', id);
  return hash;
}

function addText(hash: Hash, kind: string, text: string): Hash {
  return hash.update(encodePart(kind, text));
}

/** A length prefix prevents ambiguous concatenation. */
function encodePart(kind: string, text: string): string {
  return `${kind} ${text.length}\n${text}\n`;
}

function removeThinking(content: string): string {
  let rest = content;
  let kept = '';
  // A regular expression would take quadratic time for tags that are never closed.
  for (;;) {
    const open = rest.indexOf('<think>');
    const close = open === -1 ? -1 : rest.indexOf('</think>', open);
    if (close === -1) return kept + rest;
    kept += rest.slice(0, open);
    rest = rest.slice(close + '</think>'.length);
  }
}
