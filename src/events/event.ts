/** An event as it is told, stored and described. Pure. */
import { z } from 'zod';
import { EVENT_KIND_NAMES, type EventKind, findEventKind } from './kinds.js';

export type EventParams = Readonly<Record<string, string | number>>;

/** What a producer tells. */
export interface ToldEvent {
  readonly kind: EventKind;
  /** What it happened to: a replica, credential, upstream, model, member or key. */
  readonly subject: string;
  readonly params?: EventParams;
  /** Of events with the same key the first is stored. Kinds with an end have one already: their subject. */
  readonly onceKey?: string;
}

export interface StoredEvent {
  /** Grows with the order in which events were stored. */
  readonly id: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly kind: EventKind;
  readonly subject: string;
  readonly params: EventParams;
}

const BODY = z.object({
  subject: z.string().max(200),
  params: z.record(z.string(), z.union([z.string().max(200), z.number()])),
});

/** The line of an event in a store: `ID AT KIND JSON`. */
export function formatEvent({ id, at, kind, subject, params }: StoredEvent): string {
  return `${id} ${at} ${kind} ${formatBody({ subject, params })}`;
}

export function formatBody({ subject, params }: Pick<StoredEvent, 'subject' | 'params'>): string {
  return JSON.stringify({ subject, params });
}

/** @returns undefined if another version wrote a kind that is unknown here, or the line is not an event */
export function parseEvent(line: string): StoredEvent | undefined {
  const [, id = '', at = '', kind = '', body = ''] = /^(\d+) (\d+) (\w+) (.+)$/s.exec(line) ?? [];
  if (!EVENT_KIND_NAMES.includes(kind as EventKind)) return undefined;
  const parsed = BODY.safeParse(parseBody(body));
  return parsed.success ? { id, at: Number(at), kind: kind as EventKind, ...parsed.data } : undefined;
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What happened, as a sentence. */
export function describeEvent(
  { kind, subject, params }: Pick<StoredEvent, 'kind' | 'subject' | 'params'>,
  language: 'en' | 'zh',
): string {
  const values: EventParams = { ...params, subject };
  return findEventKind(kind).text[language].replace(/\{(\w+)\}/g, (_, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : '?',
  );
}
