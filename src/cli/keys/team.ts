/** Members, keys and invites as the admin API lists them. */
import { type AdminClient, type Answer, RefusedError } from './admin-client.js';

export interface TeamLists {
  readonly keys: readonly Answer[];
  readonly members: readonly Answer[];
  readonly invites: readonly Answer[];
}

export async function readTeam(client: AdminClient): Promise<TeamLists> {
  const [keys, members, invites] = await Promise.all(
    ['/keys', '/members', '/invites'].map(async (path) => (await client.ask('GET', path)).data as Answer[]),
  );
  return { keys: keys ?? [], members: members ?? [], invites: invites ?? [] };
}

/** A managed key by its name or id. */
export function findKey({ keys, members }: TeamLists, wanted: string): Answer {
  const found = keys.find(
    ({ id, name, source }) => source === 'managed' && (name === wanted || id === wanted),
  );
  if (found !== undefined) return found;
  if (keys.some(({ name }) => name === wanted))
    throw new RefusedError(`${wanted} is a key of the environment: change API_KEYS, or import it first.`);
  if (members.some(({ id }) => id === wanted))
    throw new RefusedError(`No key is named ${wanted}, but a member is: --member means a member.`);
  throw new RefusedError(`There is no key ${wanted}. \`npm run keys -- list\` shows all.`);
}

export function findMember({ members }: TeamLists, wanted: string): Answer {
  const found = members.find(({ id }) => id === wanted);
  if (found !== undefined) return found;
  throw new RefusedError(`There is no member ${wanted}. \`npm run keys -- list\` shows all.`);
}
