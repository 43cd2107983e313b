/** Where variables come from: the process, then .env.local, .env and config.env. An empty value counts as unset. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ReadEnvironment {
  readonly values: Environment;
  /** Where each variable was set: a file's name, or `environment`. */
  readonly origins: Readonly<Record<string, string>>;
  /** Files that are there but cannot be used, each with what to do about it. */
  readonly problems: readonly string[];
}

/** Highest precedence first. */
export const ENVIRONMENT_FILES = ['.env.local', '.env', 'config.env'] as const;

/** Merges the process's variables with the files in `directory`. Never throws; problems are returned. */
export function readEnvironment(
  directory: string,
  processEnvironment: Environment,
  files: readonly string[] = ENVIRONMENT_FILES,
): ReadEnvironment {
  const values: Record<string, string> = {};
  const origins: Record<string, string> = {};
  const problems: string[] = [];
  const add = (origin: string, variables: Environment) => {
    for (const [name, value] of Object.entries(variables)) {
      if (value === undefined || value.trim() === '' || name in values) continue;
      values[name] = value;
      origins[name] = origin;
    }
  };
  add('environment', processEnvironment);
  for (const file of files) add(file, readFile(join(directory, file), file, problems));
  return { values, origins, problems };
}

/**
 * One line for each name in the files that is not a variable of the gateway. The process's environment is not searched,
 * since it has other programs' variables.
 */
export function describeUnknownNames({ origins }: ReadEnvironment, known: readonly string[]): string[] {
  return (
    Object.keys(origins)
      .filter((name) => origins[name] !== 'environment' && !known.includes(name))
      // Entries of UPSTREAMS_FILE name their own.
      .filter((name) => !name.startsWith('ZAI_TOKEN_'))
      .map((name) => `Unknown variable ${name} in ${origins[name]} (typo?)`)
  );
}

/** Lists whose entries can be quoted one by one, without an error. */
const LISTS = ['API_KEYS', 'MODEL_ALIASES'];

/**
 * Variables whose value, or an entry of it, begins and ends with a quotation mark. Files lose theirs when they are read: a
 * value that is left with some was written with two pairs, on purpose.
 */
export function quotedNames({ values, origins }: ReadEnvironment, known: readonly string[]): string[] {
  return known.filter((name) => {
    const value = values[name]?.trim() ?? '';
    if (LISTS.includes(name) && value.split(',').some((entry) => isQuoted(entry.replace(/^[^:=]*[:=]/, ''))))
      return true;
    return origins[name] === 'environment' && isQuoted(value);
  });
}

export function isQuoted(value: string): boolean {
  return /^(["']).*\1$/s.test(value.trim());
}

function readFile(path: string, name: string, problems: string[]): Environment {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT') problems.push(`${name}: cannot be read (${code}); make it a readable file.`);
    return {};
  }
  // Windows PowerShell's `>` writes UTF-16, in which no variable would be found.
  if (bytes.includes(0)) {
    problems.push(`${name}: is not UTF-8 text (UTF-16, perhaps); save it as UTF-8.`);
    return {};
  }
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  const strange = strangeLine(text);
  if (strange !== undefined) {
    problems.push(`${name}: line ${strange} is neither NAME=value nor a comment (#); correct or remove it.`);
    return {};
  }
  return parseEnv(text);
}

/** Node's parser silently joins such a line with the next. No variable of the gateway has several lines. */
function strangeLine(text: string): number | undefined {
  const at = text.split(/\r?\n/).findIndex((line) => !/^\s*(#.*|(export\s+)?[\w.-]+\s*=.*)?$/.test(line));
  return at === -1 ? undefined : at + 1;
}
