/** Which variable came from which file, and what kind of token there is. Secrets are told by their length only. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, SECRET_NAMES, tokenKind, VARIABLE_NAMES } from '../config.js';
import { ENVIRONMENT_FILES, type ReadEnvironment } from '../environment.js';
import { startWarning } from '../start-report.js';
import type { Report } from './report.js';

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
  for (const name of VARIABLE_NAMES) sayVariable(name, environment, report);
  for (const name of unknownNames(environment)) {
    report.bad(
      `${name} in ${environment.origins[name]} is no variable of ZtoApi`,
      'A typing error? config.env has all names.',
    );
  }
  if (config === undefined) return;
  report.note(`ZAI_TOKEN is ${tokenFinding(config)}`);
  const warning = startWarning(config);
  if (warning) report.note(warning);
}

/** Defaults that config.env only repeats are not worth a line. */
function sayVariable(name: string, { values, origins }: ReadEnvironment, report: Report): void {
  const value = values[name]?.trim();
  if (value === undefined || origins[name] === 'config.env') return;
  const shown = SECRET_NAMES.has(name) ? `(hidden, ${value.length} characters)` : value;
  report.note(`${name}=${shown}  from ${origins[name]}`);
}

function tokenFinding(config: Config): string {
  if (config.zaiToken === undefined && config.upstreamProtocol === 'openai')
    return 'none: no Authorization is sent';
  return TOKEN_KINDS[tokenKind(config.zaiToken)];
}

/** Only the files can be searched for typing errors: the process's environment is full of other programs' names. */
function unknownNames({ origins }: ReadEnvironment): string[] {
  const known = new Set(VARIABLE_NAMES);
  return Object.keys(origins).filter((name) => origins[name] !== 'environment' && !known.has(name));
}
