/** The commands of `npm run keys` that speak to a running gateway. Each returns what to print. */
import { isLoopbackHost } from '../../config/loopback.js';
import type { AdminClient, Answer } from './admin-client.js';
import type { Command, CommandName } from './arguments.js';
import { type ImportConfig, listConfiguredKeys, readKeyFile } from './key-list.js';
import { formatDetails, formatInvites, formatTeam, formatTime } from './table.js';
import { findKey, findMember, readTeam, type TeamLists } from './team.js';

type Run = (client: AdminClient, command: Command, config: ImportConfig) => Promise<string>;

export const RUN: Readonly<Record<Exclude<CommandName, 'reset-admin' | 'backup'>, Run>> = {
  add: async (client, command) => {
    const { subject, fields, member } = command;
    if (member) {
      const made = await client.ask('POST', '/members', { id: subject, ...fields });
      return show(made, command, `The member ${subject} is made, without a key: add and invite make one.`);
    }
    const answer = await client.ask('POST', '/keys', { member: subject, ...fields });
    return show(answer, command, `${answer.key}\n\n${describeIssued(answer)}`);
  },
  set: async (client, command) => {
    const answer = await client.ask('PATCH', await findPath(client, command), command.fields);
    return show(answer, command, formatDetails(describeSubject(command), answer));
  },
  list: async (client, command) => {
    const { keys, ...others } = await readTeam(client);
    return show({ data: keys, ...others }, command, formatTeam({ keys, ...others }));
  },
  show: async (client, command) => {
    const team = await readTeam(client);
    if (command.member) return showMember(team, command);
    const key = team.keys.find(isEnvironmentKey(command.subject)) ?? findKey(team, command.subject);
    const member = team.members.find(({ id }) => id === key.member);
    const parts = [formatDetails(`Key ${key.name}`, key)];
    if (member !== undefined) parts.push(formatDetails(`Member ${member.id}`, member));
    return show(key, command, parts.join('\n\n'));
  },
  rotate: async (client, command) => {
    const { graceSeconds: seconds } = command;
    const { id } = findKey(await readTeam(client), command.subject);
    const answer = await client.ask('POST', `/keys/${id}/rotate`, { grace_seconds: seconds });
    const old = seconds === 0 ? 'The old one has ended.' : `The old one works for ${seconds} more seconds.`;
    return show(answer, command, `${answer.key}\n\nThe new secret of ${answer.name}, shown only now. ${old}`);
  },
  disable: (client, command) => setState(client, command, 'disabled'),
  enable: (client, command) => setState(client, command, 'active'),
  remove: async (client, command) => {
    const answer = await client.ask('DELETE', await findPath(client, command));
    return show(answer, command, `${describeSubject(command)} is removed.`);
  },
  invite: async (client, command) => {
    const answer = await client.ask('POST', '/invites', { member: command.subject });
    return show(answer, command, describeInvite(answer, command.subject));
  },
  invites: async (client, command) => {
    const answer = await client.ask('GET', '/invites');
    return show(answer, command, formatInvites(answer.data as Answer[]));
  },
  import: async (client, command, config) => {
    const { subject } = command;
    const keys = subject === '' ? listConfiguredKeys(config) : await readKeyFile(subject);
    const answer = await client.ask('POST', '/keys/import', { keys });
    return show(answer, command, describeImport(answer, subject === ''));
  },
};

async function setState(client: AdminClient, command: Command, state: string): Promise<string> {
  const answer = await client.ask('PATCH', await findPath(client, command), { state });
  return show(answer, command, `${describeSubject(command)} is ${state}.`);
}

/** The address of the command's key or member in the admin API. */
async function findPath(client: AdminClient, { subject, member }: Command): Promise<string> {
  const team = await readTeam(client);
  if (!member) return `/keys/${findKey(team, subject).id}`;
  return `/members/${encodeURIComponent(String(findMember(team, subject).id))}`;
}

function showMember(team: TeamLists, command: Command): string {
  const member = findMember(team, command.subject);
  const keys = team.keys.filter((key) => key.member === member.id);
  const invites = team.invites.filter((invite) => invite.member === member.id);
  const parts = [
    formatDetails(`Member ${member.id}`, member),
    formatTeam({ keys, members: [member], invites }),
  ];
  return show({ ...member, invites }, command, parts.join('\n\n'));
}

function isEnvironmentKey(wanted: string) {
  return ({ source, name }: Answer): boolean => source === 'environment' && name === wanted;
}

function show(answer: Answer, { json }: Command, text: string): string {
  return json ? JSON.stringify(answer) : text;
}

function describeSubject({ subject, member }: Command): string {
  return `${member ? 'Member' : 'Key'} ${subject}`;
}

function describeIssued({ name, member, expires_at: end }: Answer): string {
  const until = typeof end === 'string' ? `, until ${formatTime(end)} UTC` : '';
  return `The key ${name} of ${member}${until}. It is shown only now: the gateway keeps its digest alone.`;
}

function describeInvite({ url, expires_at: end }: Answer, member: string): string {
  const lines = [
    `${url}\n\nThe invite of ${member}, shown only now. It works once, until ${formatTime(String(end))} UTC.`,
  ];
  if (isLoopbackHost(new URL(String(url)).hostname))
    lines.push('It can be opened on this machine only: set PUBLIC_URL to the address that others use.');
  return lines.join('\n');
}

function describeImport({ imported, unchanged }: Answer, isOfEnvironment: boolean): string {
  const added = imported as string[];
  const known = unchanged as string[];
  const lines = [`Imported: ${added.join(', ') || 'none'}.`];
  if (known.length > 0) lines.push(`Already there: ${known.join(', ')}.`);
  if (isOfEnvironment)
    lines.push('Remove API_KEYS from the environment and restart: until then its keys count.');
  return lines.join('\n');
}
