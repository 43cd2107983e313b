/** Problems between variables that are each valid by themselves. Pure. */
import { budgetList, keyList, limitList, redisUrls } from './value-kinds.js';

/** The name under which DEFAULT_KEY is counted. */
export const PUBLIC_KEY_NAME = 'public';

/** Names in the statistics that are not names of keys. */
const RESERVED_NAMES: Readonly<Record<string, string>> = {
  [PUBLIC_KEY_NAME]: 'stands for DEFAULT_KEY',
  none: 'stands for requests without a valid key',
  other: 'stands for all keys beyond the first 500',
};

/** Names that a key made at run time may not have. */
export function listReservedNames({
  namedKeys,
}: {
  readonly namedKeys: readonly { readonly name: string }[];
}): Set<string> {
  return new Set([...Object.keys(RESERVED_NAMES), ...namedKeys.map(({ name }) => name)]);
}

/** The variables that are set, as text. Invalid ones are reported elsewhere and ignored here. */
export type SetVariables = Readonly<Record<string, string>>;

/** One line for each problem: the variable, what was found, what is allowed. */
export function crossProblems(set: SetVariables): string[] {
  return [...keyProblems(set), ...limitProblems(set), ...budgetProblems(set), ...redisProblems(set)];
}

/** Names and keys must be unique, and names must not be reserved. */
function keyProblems({ API_KEYS: apiKeys, DEFAULT_KEY: publicKey }: SetVariables): string[] {
  const problems: string[] = [];
  const names = new Set<string>();
  const keys = new Set([publicKey]);
  for (const { name, key } of keyList.safeParse(apiKeys).data ?? []) {
    if (Object.hasOwn(RESERVED_NAMES, name))
      problems.push(
        `API_KEYS: found the name ${name}; allowed: any other, this one ${RESERVED_NAMES[name]}.`,
      );
    if (names.has(name)) problems.push(`API_KEYS: found the name ${name} twice; allowed: one key per name.`);
    if (keys.has(key))
      problems.push(
        `API_KEYS: found the key of ${name} twice (or as DEFAULT_KEY); allowed: one name per key.`,
      );
    names.add(name);
    keys.add(key);
  }
  return problems;
}

/** A limit for a name without a key would have no effect. */
function limitProblems(set: SetVariables): string[] {
  const names = new Set(keyList.safeParse(set.API_KEYS).data?.map(({ name }) => name));
  const limited = limitList.safeParse(set.RATE_LIMITS).data?.map(({ name }) => name) ?? [];
  return [
    ...limited
      .filter((name) => !names.has(name))
      .map((name) => `RATE_LIMITS: found the name ${name}; allowed: names of API_KEYS.`),
    ...limited
      .filter((name, index) => limited.indexOf(name) < index)
      .map((name) => `RATE_LIMITS: found the name ${name} twice; allowed: one limit per name.`),
  ];
}

/** A budget for a name without a key would have no effect; of two for the same unit and period one would have none. */
function budgetProblems(set: SetVariables): string[] {
  const budgets = budgetList.safeParse(set.BUDGETS).data ?? [];
  const names = new Set([
    PUBLIC_KEY_NAME,
    ...(keyList.safeParse(set.API_KEYS).data?.map(({ name }) => name) ?? []),
  ]);
  const kinds = budgets.map(({ name, budget: { unit, period } }) => `${name} in ${unit} per ${period}`);
  return [
    ...budgets
      .filter(({ name }) => !names.has(name))
      .map(({ name }) => `BUDGETS: found the name ${name}; allowed: public, and names of API_KEYS.`),
    ...kinds
      .filter((kind, index) => kinds.indexOf(kind) < index)
      .map((kind) => `BUDGETS: found two for ${kind}; allowed: one for each unit and period.`),
  ];
}

/** Sentinels watch one master, whose name REDIS_URL gives; several addresses are a cluster, without sentinels. */
function redisProblems(set: SetVariables): string[] {
  const count = redisUrls.safeParse(set.REDIS_URL).data?.length;
  if (set.REDIS_SENTINELS === undefined || (set.REDIS_URL !== undefined && (count ?? 1) === 1)) return [];
  const found = count === undefined ? 'without REDIS_URL' : 'beside several addresses in REDIS_URL';
  return [`REDIS_SENTINELS: found ${found}; allowed: beside REDIS_URL=redis://NAME-OF-THE-MASTER.`];
}
