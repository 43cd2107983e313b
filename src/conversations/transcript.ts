/**
 * Digests by which a conversation is recognized: full SHA-256 over tenant and transcript, so that what is kept tells
 * nothing and no prefix collides. Pure.
 */
import { createHash, type Hash } from 'node:crypto';
import type { Message } from '../completion/request.js';

export class Transcript {
  readonly #hash: Hash = createHash('sha256');
  /** Digest up to and including the last assistant message; undefined: this is a first turn. */
  readonly before: string | undefined;

  constructor(tenant: string, messages: readonly Message[]) {
    this.#add('tenant', tenant);
    const last = messages.findLastIndex((message) => message.role === 'assistant');
    let before: string | undefined;
    for (const [index, message] of messages.entries()) {
      this.#add(message.role, spokenText(message));
      if (index === last) before = this.#hash.copy().digest('base64url');
    }
    this.before = before;
  }

  /** Digest of the transcript with this answer at its end: what the next turn's `before` will be. */
  after(answer: string): string {
    const { role, content } = { role: 'assistant', content: answer } as const;
    this.#add(role, spokenText({ role, content }));
    return this.#hash.digest('base64url');
  }

  /** Lengths keep two transcripts apart whose texts only run together differently. */
  #add(role: string, text: string): void {
    this.#hash.update(`${role} ${text.length}\n`).update(text).update('\n');
  }
}

/** Digest of an id that the client gave its conversation. */
export function conversationDigest(tenant: string, id: string): string {
  return createHash('sha256').update(`${tenant.length} ${tenant}\nid\n${id}`).digest('base64url');
}

/** What clients send back of an answer: some drop the thinking that stood in it, some trim. */
function spokenText({ role, content }: Message): string {
  return (role === 'assistant' ? content.replace(/^\s*<think>[\s\S]*?<\/think>/, '') : content).trim();
}
