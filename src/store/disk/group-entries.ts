import type { Entry } from './database.js';

/** Entries by namespace, then key. Between threads a Buffer becomes a Uint8Array. */
export function groupEntries(entries: readonly Entry[]): Map<string, Map<string, Buffer>> {
  const groups = new Map<string, Map<string, Buffer>>();
  for (const [namespace, key, value] of entries) {
    const group = groups.get(namespace) ?? new Map<string, Buffer>();
    groups.set(namespace, group);
    group.set(key, Buffer.from(value.buffer, value.byteOffset, value.byteLength));
  }
  return groups;
}
