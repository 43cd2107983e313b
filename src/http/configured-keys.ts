/** Keys of the environment: which there are, and which of them is presented. */
import { hash, timingSafeEqual } from 'node:crypto';
import { joinAllowances, type Meters } from '../budgets/core/meters.js';
import { type Config, WELL_KNOWN_KEY } from '../config/config.js';
import { PUBLIC_KEY_NAME } from '../config/cross-checks.js';
import type { KeyVerifier } from '../team/key-verifier.js';
import type { ConfiguredKey } from '../team/sessions.js';
import { PUBLIC_KEY_ID, toEnvironmentKeyId } from '../vocabulary/key-ids.js';

export type AuthenticationConfig = Pick<
  Config,
  'publicKey' | 'namedKeys' | 'keepsWellKnownResponses' | 'budgets'
>;

/** All of them, whether they are accepted now or not. */
export function readConfiguredKeys(config: AuthenticationConfig): readonly ConfiguredKey[] {
  const toKey = (id: string, name: string, text: string): ConfiguredKey => ({
    id,
    name,
    isPublic: id === PUBLIC_KEY_ID,
    keepsResponses: text !== WELL_KNOWN_KEY || config.keepsWellKnownResponses,
    text,
  });
  const keys = config.namedKeys.map(({ name, key }) => toKey(toEnvironmentKeyId(name), name, key));
  if (config.publicKey !== undefined) keys.push(toKey(PUBLIC_KEY_ID, PUBLIC_KEY_NAME, config.publicKey));
  return keys;
}

/** Those that are accepted now: the well-known key ends with the first managed key or invite. */
export function listConfiguredKeys(
  config: AuthenticationConfig,
  { presence }: Pick<KeyVerifier, 'presence'>,
): readonly ConfiguredKey[] {
  return readConfiguredKeys(config).filter(({ text }) => text !== WELL_KNOWN_KEY || presence === 'none');
}

/** @returns the key of the environment with this text, if it is accepted now */
export function findConfiguredKey(
  text: string,
  config: AuthenticationConfig,
  verifier: Pick<KeyVerifier, 'presence'>,
): ConfiguredKey | undefined {
  const keys = listConfiguredKeys(config, verifier).map((key) => ({ digest: sha256(key.text), key }));
  return findByDigest(text, keys)?.key;
}

/** @returns undefined for a key without a budget */
export function findConfiguredMeters(
  { id, name }: Pick<ConfiguredKey, 'id' | 'name'>,
  config: Pick<Config, 'budgets'>,
): Meters | undefined {
  const budgets = config.budgets.filter((one) => one.name === name).map(({ budget }) => budget);
  const limits = { tokensPerMinute: undefined, maxInFlight: undefined };
  return joinAllowances(`key:${id}`, [{ scope: 'key', name: `key ${id}`, label: name, budgets, ...limits }]);
}

/** Compares with every key, so that the time does not reveal which one was similar. */
export function findByDigest<Known extends { readonly digest: Buffer }>(
  key: string,
  keys: readonly Known[],
): Known | undefined {
  const digest = sha256(key);
  let found: Known | undefined;
  for (const known of keys) if (timingSafeEqual(known.digest, digest)) found = known;
  return found;
}

export function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
