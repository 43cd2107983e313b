/** A name for the conversation that a request continues, so that all of its turns go to one credential. */
import { createHash } from 'node:crypto';
import { getText, type Message } from '../completion/request.js';

export interface Turns {
  /** The owner of the conversation. */
  readonly tenant: string;
  /** The client's id of the conversation, `undefined` when it sent none. */
  readonly id: string | undefined;
  readonly messages: readonly Message[];
}

/** Without an id, turns have the caller, the system messages and the first user message in common. */
export function nameConversation({ tenant, id, messages }: Turns): string {
  const firstUser = messages.findIndex(({ role }) => role === 'user');
  const system = messages.filter(({ role }, at) => role === 'system' && (firstUser === -1 || at < firstUser));
  const first = messages[firstUser];
  const texts = id === undefined ? [...system, ...(first ? [first] : [])].map(getText) : ['id', id];
  // JSON keeps the texts apart.
  return createHash('sha256')
    .update(JSON.stringify([tenant, ...texts]))
    .digest('base64url');
}
