/** Reports the origin of each variable and the kind of token. Of secrets only the length is shown. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.js';
import {
  describeUnknownNames,
  ENVIRONMENT_FILES,
  type Environment,
  quotedNames,
  type ReadEnvironment,
  readEnvironment,
} from '../config/environment.js';
import { printValue } from '../config/printable.js';
import { classifyToken } from '../config/token-kind.js';
import type { UpstreamEntry } from '../config/upstream-entry.js';
import { KNOWN_NAMES } from '../config/variables/variables.js';
import type { Report } from './report.js';
import { quotesWarning, startWarnings } from './warnings.js';

const TOKEN_KINDS = {
  none: 'none: each conversation gets a guest of Z.ai’s web chat',
  'official-key': 'an official API key (id.secret)',
  'web-token': 'a token of the web chat (JWT)',
  other:
    'neither an official API key (id.secret) nor a token of the web chat (JWT); fine for a self-hosted upstream',
} as const;

export function checkConfiguration(
  environment: ReadEnvironment,
  config: Config | undefined,
  directory: string,
  report: Report,
): void {
  report.title(`Configuration (Node ${process.versions.node})`);
  for (const file of ENVIRONMENT_FILES) {
    report.note(`${file}: ${existsSync(join(directory, file)) ? 'read' : 'not there'}`);
  }
  for (const problem of environment.problems) report.bad(problem, 'The file is ignored until this is fixed.');
  const defaults = readDefaults(directory);
  for (const name of KNOWN_NAMES) reportVariable(name, environment, defaults, report);
  for (const line of describeUnknownNames(environment, KNOWN_NAMES)) {
    report.bad(line, 'config.env lists all variables.');
  }
  for (const name of quotedNames(environment, KNOWN_NAMES)) report.note(quotesWarning(name));
  if (config === undefined) return;
  for (const entry of config.upstreams) report.note(`${nameToken(entry)} is ${describeToken(entry)}`);
  for (const warning of startWarnings(config)) report.note(warning);
}

/** Reads the values in config.env. A variable with the same value is not reported. */
function readDefaults(directory: string): Environment {
  return readEnvironment(directory, {}, ['config.env']).values;
}

function reportVariable(
  name: string,
  { values, origins }: ReadEnvironment,
  defaults: Environment,
  report: Report,
): void {
  const value = values[name]?.trim();
  if (value === undefined || value === defaults[name]?.trim()) return;
  report.note(`${name}=${printValue(name, value)}  from ${origins[name]}`);
}

function nameToken({ name, tokenVariable }: UpstreamEntry): string {
  return tokenVariable ?? `the token of ${name}`;
}

function describeToken({ token, protocol }: UpstreamEntry): string {
  if (token === undefined && protocol === 'openai') return 'none: no Authorization is sent';
  return TOKEN_KINDS[classifyToken(token)];
}
