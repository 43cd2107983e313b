/** The Team page as it is shown: members with their keys, invites, the audit, and what the lead should know. Pure. */
import { BUDGET } from '../budgets/core/budget.js';
import { WELL_KNOWN_KEY } from '../config/config.js';
import { PUBLIC_KEY_NAME } from '../config/cross-checks.js';
import type { Language } from '../pages/language.js';
import type { AuditEntry, Invite, Member } from '../team/core/entities.js';
import { clip, FORMATS, type Format } from './format.js';
import type { TeamPageDeps, TeamSnapshot } from './team.js';
import { describeLimits } from './team-limits.js';
import { type Badge, createRows, type RowContext, type TeamRow, toEnvironmentRow } from './team-rows.js';
import { type DashboardTexts, TEXTS } from './texts/texts.js';
import { type Moment, toMoment } from './times.js';

/** Members that the page shows; a search finds the others. */
const MAX_MEMBERS = 50;
const MAX_SUGGESTED = 500;
const BUDGETS = BUDGET.array();

export interface Asked {
  readonly language: Language;
  /** What shown members contain, '' for all. */
  readonly text: string;
  /** The member whose session may change the team, `undefined` when none came with the request. */
  readonly admin: string | undefined;
}

export type TeamView = ReturnType<typeof createTeamView>;

export function createTeamView(
  snapshot: TeamSnapshot,
  config: TeamPageDeps['config'],
  { language, text, admin }: Asked,
) {
  const t = TEXTS[language];
  const format = FORMATS[language];
  const { team, environment } = snapshot;
  const context: RowContext = { snapshot, config, t, format };
  const members = [...team.members.values()].filter((member) => matches(member, snapshot, text)).sort(byId);
  const shown = members.slice(0, MAX_MEMBERS);
  const names = environment.namedKeys.map(({ name }) => name).filter((name) => contains([name], text));
  const isPublicShown = environment.publicKey !== undefined && contains([PUBLIC_KEY_NAME], text);
  const rows: TeamRow[] = [
    ...shown.flatMap((member) => createRows(member, context)),
    ...(isPublicShown ? [toEnvironmentRow(PUBLIC_KEY_NAME, context)] : []),
    ...names.map((name) => toEnvironmentRow(name, context)),
  ];
  return {
    admin,
    text,
    rows,
    isEmpty: team.members.size === 0,
    count: t.team.count(format.number(team.members.size), format.number(team.keys.size)),
    more:
      members.length > shown.length ? t.team.more(format.number(members.length - shown.length)) : undefined,
    memberIds: [...team.members.keys()].sort().slice(0, MAX_SUGGESTED),
    warnings: listWarnings(snapshot, t),
    invites: [...team.invites.values()]
      .filter(({ expiresAt }) => expiresAt > snapshot.now)
      .sort((one, other) => one.expiresAt - other.expiresAt)
      .map(toInviteRow),
    audit: snapshot.audit.map((entry) => toAuditRow(entry, t, format)),
  };
}

function matches(member: Member, { team }: TeamSnapshot, text: string): boolean {
  if (text === '') return true;
  const keys = [...team.keys.values()].filter((key) => key.member === member.id);
  return contains([member.id, member.name, member.note, ...keys.flatMap(({ id, name }) => [id, name])], text);
}

function contains(words: readonly string[], text: string): boolean {
  return words.some((word) => word.toLowerCase().includes(text.toLowerCase()));
}

function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : 1;
}

/** What the lead should change, the most urgent first. */
function listWarnings({ team, environment, isPersistent }: TeamSnapshot, t: DashboardTexts): Badge[] {
  const { publicKey } = environment;
  const hasTeam = team.version > 0;
  return [
    ...(publicKey !== undefined && publicKey !== WELL_KNOWN_KEY
      ? [{ tone: 'warn', text: t.team.publicKeyOpen } as const]
      : []),
    ...(hasTeam && isPersistent === false ? [{ tone: 'warn', text: t.team.volatile } as const] : []),
    ...(publicKey === WELL_KNOWN_KEY ? [{ tone: '', text: t.team.wellKnownEnds } as const] : []),
  ];
}

export interface InviteRow {
  readonly member: string;
  readonly createdBy: string;
  readonly createdAt: Moment;
  readonly expiresAt: Moment;
}

function toInviteRow({ member, createdBy, createdAt, expiresAt }: Invite): InviteRow {
  return {
    member,
    createdBy: clip(createdBy),
    createdAt: toMoment(createdAt, 'date'),
    expiresAt: toMoment(expiresAt, 'date'),
  };
}

export interface AuditRow {
  readonly at: Moment;
  readonly actor: string;
  readonly address: string | undefined;
  readonly action: string;
  readonly target: string;
  readonly changes: string;
}

function toAuditRow(entry: AuditEntry, t: DashboardTexts, format: Format): AuditRow {
  const { at, actor, address, action, target, changes = {} } = entry;
  const fields: Readonly<Record<string, string>> = t.team.fields;
  return {
    at: toMoment(at, 'full'),
    actor: clip(actor),
    address: address === undefined ? undefined : clip(address),
    action: t.team.actions[action],
    target: clip(target),
    changes: Object.entries(changes)
      .map(([name, value]) => `${fields[name] ?? name}${t.colon}${clip(toText(name, value, t, format))}`)
      .join(' · '),
  };
}

function toText(name: string, value: unknown, t: DashboardTexts, format: Format): string {
  const words: Readonly<Record<string, string>> = t.team.values;
  if (value === null) return t.team.cleared;
  if (name === 'expiresAt' && typeof value === 'number')
    return new Date(value).toISOString().slice(0, 16).replace('T', ' ');
  if (name === 'graceSeconds' && typeof value === 'number') return format.span(value * 1_000);
  const budgets = name === 'budgets' ? BUDGETS.safeParse(value).data : undefined;
  if (budgets !== undefined)
    return describeLimits({ budgets }, [], t, format)
      .map(({ text }) => text)
      .join(', ');
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value === 'object') return JSON.stringify(value);
  return words[String(value)] ?? String(value);
}
