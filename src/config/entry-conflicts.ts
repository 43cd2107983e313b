/** What entries of UPSTREAMS_FILE may not be together. Pure. */
import { isCodingPlan } from './coding-plan.js';
import type { UpstreamEntry } from './upstream-entry.js';

export function findConflicts(entries: readonly UpstreamEntry[]): string[] {
  const names = entries.map(({ name }) => name);
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) < index));
  const problems = [...repeated].map(
    (name) => `entry ${name}: found twice; give each entry a name of its own`,
  );
  for (const [index, entry] of entries.entries()) {
    const same = entries.slice(0, index).find((other) => isSameAccount(entry, other));
    if (same !== undefined)
      problems.push(
        `entry ${entry.name}: has the address and the token of ${same.name}; remove one, since their slots are the same`,
      );
  }
  return [...problems, ...findPooledChats(entries), ...findPooledPersons(entries)];
}

function isSameAccount(one: UpstreamEntry, other: UpstreamEntry): boolean {
  return one.token !== undefined && one.token === other.token && trimSlash(one.url) === trimSlash(other.url);
}

function findPooledChats(entries: readonly UpstreamEntry[]): string[] {
  const web = entries.filter(({ protocol }) => protocol === 'zai-web');
  const guests = web.filter(({ token }) => token === undefined);
  const shared = web.filter(({ token, owner }) => token === undefined || owner === undefined);
  if (guests.length < 2 && shared.length < 2) return [];
  const names = shared.map(({ name }) => name).join(', ');
  return [
    `entries ${names}: all are the web chat, whose free accounts and guests are not pooled; keep one of them (an account may have an \`owner\`)`,
  ];
}

function trimSlash(address: string): string {
  return address.replace(/\/+$/, '');
}

/** What is for one person: several of one owner would stand in for each other. */
function findPooledPersons(entries: readonly UpstreamEntry[]): string[] {
  const plans = entries.filter(({ url: address }) => isCodingPlan(address));
  const chats = entries.filter(({ protocol }) => protocol === 'zai-web');
  return [...findSameOwner(plans, 'coding plans'), ...findSameOwner(chats, 'free accounts of the web chat')];
}

function findSameOwner(entries: readonly UpstreamEntry[], kind: string): string[] {
  const owners = new Set(entries.flatMap(({ owner }) => owner ?? []));
  return [...owners]
    .map((name) => entries.filter(({ owner }) => owner === name))
    .filter((same) => same.length > 1)
    .map((same) => {
      const names = same.map(({ name }) => name).join(', ');
      return `entries ${names}: all are ${kind} of one owner, which are not pooled; keep one of them`;
    });
}
