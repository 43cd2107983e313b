/** The rows of the Team page's table: a member, the keys below it, and the keys of the environment. Pure. */
import { PUBLIC_KEY_NAME } from '../config/cross-checks.js';
import { computeFigures } from '../stats/figures.js';
import { getUsageId, type Key, type Member } from '../team/core/entities.js';
import { KEY_PREFIX } from '../team/core/key-form.js';
import { findExpiry } from '../team/core/rights.js';
import { PUBLIC_KEY_ID, toEnvironmentKeyId } from '../vocabulary/key-ids.js';
import { clip, type Format } from './format.js';
import type { KeyUse, TeamPageDeps, TeamSnapshot } from './team.js';
import { describeLimits, type LimitView } from './team-limits.js';
import type { DashboardTexts } from './texts/texts.js';
import { type Moment, toMoment } from './times.js';

/** Keys of one member that the page shows. */
const MAX_KEYS = 20;

export interface Badge {
  readonly tone: '' | 'ok' | 'warn' | 'bad' | 'accent';
  readonly text: string;
}

export interface TeamRow {
  readonly kind: 'member' | 'key' | 'environment';
  /** Of the member or key in the admin API; the name for keys of the environment. */
  readonly id: string;
  readonly name: string;
  /** Beginning and end of a key, or what a member is called. */
  readonly hint: string | undefined;
  readonly note: string | undefined;
  readonly badges: readonly Badge[];
  /** Empty when all models may be used. */
  readonly models: readonly string[];
  readonly limits: readonly LimitView[];
  readonly requests: string;
  readonly tokens: string;
  /** `undefined` when it was never used. */
  readonly lastAt: Moment | undefined;
  /** A time, or words; `undefined` when it does not expire. */
  readonly expires: Moment | string | undefined;
  /** Says how many keys are not shown. */
  readonly more?: string | undefined;
}

export interface RowContext {
  readonly snapshot: TeamSnapshot;
  readonly config: TeamPageDeps['config'];
  readonly t: DashboardTexts;
  readonly format: Format;
}

export function createRows(member: Member, context: RowContext): TeamRow[] {
  const { snapshot, t, format } = context;
  const keys = [...snapshot.team.keys.values()]
    .filter((key) => key.member === member.id)
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  const more = keys.length - MAX_KEYS;
  const row: TeamRow = {
    kind: 'member',
    id: member.id,
    name: member.id,
    hint: member.name === member.id ? undefined : clip(member.name),
    note: member.note === '' ? undefined : clip(member.note),
    badges: listMemberBadges(member, context),
    models: member.models ?? [],
    limits: describeLimits(member, snapshot.budgetUses.get(`member ${member.id}`) ?? [], t, format),
    ...describeUse(keys, context),
    expires: undefined,
    more: more > 0 ? t.team.moreKeys(format.number(more)) : undefined,
  };
  return [row, ...keys.slice(0, MAX_KEYS).map((key) => toKeyRow(key, member, context))];
}

function listMemberBadges(member: Member, { snapshot, t }: RowContext): Badge[] {
  const isInvited = [...snapshot.team.invites.values()].some(
    (invite) => invite.member === member.id && invite.expiresAt > snapshot.now,
  );
  return [
    ...(member.state === 'disabled' ? [{ tone: 'bad', text: t.team.values.disabled } as const] : []),
    ...(member.role === 'admin' ? [{ tone: 'accent', text: t.team.values.admin } as const] : []),
    ...(member.class === 'batch' ? [{ tone: '', text: t.team.values.batch } as const] : []),
    ...(member.weight === 1 ? [] : [{ tone: '', text: t.team.weight(String(member.weight)) } as const]),
    ...(member.keepsResponses === false ? [{ tone: '', text: t.team.keepsNothing } as const] : []),
    ...(isInvited ? [{ tone: 'accent', text: t.team.invited } as const] : []),
  ];
}

function toKeyRow(key: Key, member: Member, context: RowContext): TeamRow {
  const { snapshot, t, format } = context;
  const end = findExpiry(key);
  const [current] = key.secrets;
  const waits = end === undefined && key.expiresDays !== undefined;
  return {
    kind: 'key',
    id: key.id,
    name: clip(key.name),
    hint: `${KEY_PREFIX}${key.id}…${clip(current?.hint ?? '')}`,
    note: key.note === '' ? undefined : clip(key.note),
    badges: listKeyBadges(key, member, end !== undefined && end <= snapshot.now, context),
    models: key.models ?? [],
    limits: describeLimits(key, snapshot.budgetUses.get(`key ${key.id}`) ?? [], t, format),
    ...describeUse([key], context),
    expires: waits
      ? t.team.afterFirstUse(String(key.expiresDays))
      : end === undefined
        ? undefined
        : toMoment(end, 'long'),
  };
}

function listKeyBadges(key: Key, member: Member, isExpired: boolean, { snapshot, t }: RowContext): Badge[] {
  const graceEnds = key.secrets.flatMap(({ endsAt }) => endsAt ?? []).filter((at) => at > snapshot.now);
  const isOff = key.state === 'disabled' || member.state === 'disabled';
  return [
    isOff
      ? { tone: 'bad', text: t.team.values.disabled }
      : isExpired
        ? { tone: 'bad', text: t.team.expired }
        : { tone: 'ok', text: t.team.values.active },
    ...(key.class === 'batch' ? [{ tone: '', text: t.team.values.batch } as const] : []),
    ...(key.keepsResponses === false ? [{ tone: '', text: t.team.keepsNothing } as const] : []),
    ...(graceEnds.length > 0 ? [{ tone: 'warn', text: t.team.rotated } as const] : []),
  ];
}

/** A key of API_KEYS or DEFAULT_KEY, which is changed in the environment only. */
export function toEnvironmentRow(name: string, context: RowContext): TeamRow {
  const { config, t, format } = context;
  const isPublic = name === PUBLIC_KEY_NAME;
  const own = config.rateLimits.find((limited) => limited.name === name)?.limit ?? config.rateLimit;
  const limit = isPublic ? config.publicRateLimit : own;
  return {
    kind: 'environment',
    id: name,
    name: clip(name),
    hint: undefined,
    note: undefined,
    badges: [{ tone: '', text: isPublic ? t.team.publicKey : t.team.environment }],
    models: [],
    limits: describeLimits({ requestsPerMinute: limit || undefined }, [], t, format),
    ...describeUse(
      [{ id: isPublic ? PUBLIC_KEY_ID : toEnvironmentKeyId(name), name, createdAt: 0 }],
      context,
    ),
    expires: undefined,
  };
}

/** A key as its use is counted. */
interface CountedKey extends Pick<Key, 'id' | 'countedAs'> {
  readonly name: string;
  /** Unix milliseconds. An older use under its name was another key's. */
  readonly createdAt: number;
}

/** Use of keys today, and when one of them was used last. */
function describeUse(keys: readonly CountedKey[], { snapshot, format }: RowContext) {
  const uses = keys.flatMap((key) => snapshot.keyUses.get(getUsageId(key)) ?? []);
  const sum = (read: (use: KeyUse) => number) => uses.reduce((all, use) => all + read(use), 0);
  const byName = keys.map(({ name, createdAt }) => {
    const { lastAt = 0 } = computeFigures(snapshot.total.get(name) ?? {});
    return lastAt >= createdAt ? lastAt : 0;
  });
  const last = Math.max(0, ...uses.map(({ lastAt }) => lastAt), ...byName);
  return {
    requests: format.number(sum(({ requests }) => requests)),
    tokens: format.compact(sum(({ tokens }) => tokens)),
    lastAt: last === 0 ? undefined : toMoment(last, 'date'),
  };
}
