/** Which variable came from which file, and what kind of token there is. Secrets are told by their length only. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.js';
import {
  ENVIRONMENT_FILES,
  type Environment,
  quotedNames,
  type ReadEnvironment,
  readEnvironment,
  unknownNames,
} from '../config/environment.js';
import { printValue } from '../config/printable.js';
import { classifyToken } from '../config/token-kind.js';
import { KNOWN_NAMES } from '../config/variables/variables.js';
import type { Report } from './report.js';
import { quotesWarning, startWarnings } from './warnings.js';

const TOKEN_KINDS = {
  none: 'none: each conversation gets a guest of Z.ai’s web chat',
  'official-key': 'an official API key (id.secret)',
  'web-token': 'a token of the web chat (JWT)',
  other: 'of neither Z.ai form; fine for a self-hosted upstream',
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
  for (const problem of environment.problems) report.bad(problem, 'Until then nothing in that file counts.');
  const defaults = configEnv(directory);
  for (const name of KNOWN_NAMES) sayVariable(name, environment, defaults, report);
  for (const name of unknownNames(environment, KNOWN_NAMES)) {
    report.bad(
      `${name} in ${environment.origins[name]} is no variable of ZtoApi`,
      'A typing error? config.env has all names.',
    );
  }
  for (const name of quotedNames(environment, KNOWN_NAMES)) report.note(quotesWarning(name));
  if (config === undefined) return;
  report.note(`ZAI_TOKEN is ${tokenFinding(config)}`);
  for (const warning of startWarnings(config)) report.note(warning);
}

/** What config.env says: a copy of it sets all that, and none of it is worth a line. */
function configEnv(directory: string): Environment {
  return readEnvironment(directory, {}, ['config.env']).values;
}

function sayVariable(
  name: string,
  { values, origins }: ReadEnvironment,
  defaults: Environment,
  report: Report,
): void {
  const value = values[name]?.trim();
  if (value === undefined || value === defaults[name]?.trim()) return;
  report.note(`${name}=${printValue(name, value)}  from ${origins[name]}`);
}

function tokenFinding(config: Config): string {
  if (config.zaiToken === undefined && config.upstreamProtocol === 'openai')
    return 'none: no Authorization is sent';
  return TOKEN_KINDS[classifyToken(config.zaiToken)];
}
