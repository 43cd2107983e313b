/** Ids under which usage is counted. A managed key has its own, which ends with the key. */

/** Of the public key, whatever its value. */
export const PUBLIC_KEY_ID = 'public';

/** Of a key of the environment, by its name. Ids of managed keys have no colon. */
export function toEnvironmentKeyId(name: string): string {
  return `env:${name}`;
}
