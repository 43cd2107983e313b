/** References of a body to an earlier response, and to items of earlier responses. The body is not validated here. */
import { type Fields, isFields, stringOr } from '../fields.js';

export interface References {
  readonly previousResponseId: string | undefined;
  readonly itemIds: readonly string[];
}

/** The stored items that a body refers to. */
export interface Recalled {
  /** Items of the conversation that is continued, oldest first. */
  readonly items: readonly Fields[];
  /** Items by their ids. */
  readonly byId: ReadonlyMap<string, Fields>;
}

/** The client's input, and the stored items that it refers to; `undefined` if none were looked up. */
export interface ResponseInput {
  readonly given: unknown;
  readonly recalled: Recalled | undefined;
}

/** @returns undefined if the body has no references. */
export function findReferences(body: unknown): References | undefined {
  if (!isFields(body)) return undefined;
  const previousResponseId = stringOr(body.previous_response_id, undefined);
  const items: readonly unknown[] = Array.isArray(body.input) ? body.input : [];
  const itemIds = items.flatMap((item) => (isReference(item) ? [item.id] : []));
  return previousResponseId === undefined && itemIds.length === 0
    ? undefined
    : { previousResponseId, itemIds };
}

/** Whether an item is an `item_reference`, whose type may be left out. */
export function isReference(item: unknown): item is Fields & { readonly id: string } {
  if (!isFields(item) || typeof item.id !== 'string') return false;
  const { type, role, content } = item;
  if (type !== undefined && type !== null) return type === 'item_reference';
  return role === undefined && content === undefined;
}

/** @returns the input as items; text becomes a user message. */
export function toItems(input: unknown): readonly Fields[] {
  if (typeof input === 'string') {
    return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }];
  }
  return Array.isArray(input) ? input.filter(isFields) : [];
}
