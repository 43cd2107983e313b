/** The keys that `npm run keys -- import` sends: of API_KEYS, or of a CSV file. */
import { readFile } from 'node:fs/promises';
import type { Config, NamedKey } from '../../config/config.js';
import { UsageError } from './option-values.js';

export type ImportConfig = Pick<Config, 'namedKeys' | 'rateLimits'>;

export interface ImportedKey {
  readonly name: string;
  readonly key: string;
  readonly requests_per_minute?: number;
}

/** Keys of API_KEYS, with their limits of RATE_LIMITS. */
export function listConfiguredKeys({ namedKeys, rateLimits }: ImportConfig): ImportedKey[] {
  if (namedKeys.length === 0)
    throw new UsageError('API_KEYS is not set here: name a CSV file with NAME,KEY in each line.');
  return namedKeys.map(({ name, key }: NamedKey) => {
    const limit = rateLimits.find((one) => one.name === name)?.limit;
    return { name, key, ...(limit ? { requests_per_minute: limit } : {}) };
  });
}

export async function readKeyFile(file: string): Promise<ImportedKey[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
  return parseKeyFile(text);
}

/** Lines of `NAME,KEY`; a first line `name,key` is a header. Errors tell the line, never a key. */
export function parseKeyFile(text: string): ImportedKey[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const keys = lines.flatMap((line, index): ImportedKey[] => {
    if (line.trim() === '' || (index === 0 && /^"?name"?,"?key"?$/i.test(line.trim()))) return [];
    const [, name, key] = /^\s*"?([\w.-]{1,64})"?\s*,\s*"?([\x21-\x2b\x2d-\x7e]+?)"?\s*$/.exec(line) ?? [];
    if (name === undefined || key === undefined)
      throw new UsageError(`Line ${index + 1} is not NAME,KEY with a name of letters, digits, ., _ or -.`);
    return [{ name, key }];
  });
  if (keys.length === 0) throw new UsageError('The file has no keys.');
  return keys;
}
