/** What a body refers to that was kept: an earlier response, items of earlier responses. Nothing is checked here. */
import { type Fields, isFields, stringOr } from '../fields.js';

export interface References {
  readonly previousResponseId: string | undefined;
  readonly itemIds: readonly string[];
}

/** What was found of it. Without it nothing that a body refers to is known. */
export interface Recalled {
  /** Items of the conversation that is continued, oldest first. */
  readonly items: readonly Fields[];
  /** Items by their ids. */
  readonly byId: ReadonlyMap<string, Fields>;
}

/** What the client sent as input, and what was found of what it refers to: `undefined` when nothing was looked up. */
export interface ResponseInput {
  readonly given: unknown;
  readonly recalled: Recalled | undefined;
}

/** @returns `undefined` if the body refers to nothing */
export function findReferences(body: unknown): References | undefined {
  if (!isFields(body)) return undefined;
  const previousResponseId = stringOr(body.previous_response_id, undefined);
  const items: readonly unknown[] = Array.isArray(body.input) ? body.input : [];
  const itemIds = items.flatMap((item) => (isReference(item) ? [item.id] : []));
  return previousResponseId === undefined && itemIds.length === 0
    ? undefined
    : { previousResponseId, itemIds };
}

/** An `item_reference`; its type may be left out. */
export function isReference(item: unknown): item is Fields & { readonly id: string } {
  if (!isFields(item) || typeof item.id !== 'string') return false;
  const { type, role, content } = item;
  if (type !== undefined && type !== null) return type === 'item_reference';
  return role === undefined && content === undefined;
}

/** A body's input as items. Text is a user's message. */
export function toItems(input: unknown): readonly Fields[] {
  if (typeof input === 'string') {
    return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }];
  }
  return Array.isArray(input) ? input.filter(isFields) : [];
}
