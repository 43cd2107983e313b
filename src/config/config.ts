/** Environment → Config. The only reader of variables; pure but for UPSTREAMS_FILE and PRICES, which it reads. */

import { resolve } from 'node:path';
import type { Budget } from '../budgets/core/budget.js';
import { crossProblems } from './cross-checks.js';
import { type Environment, isQuoted } from './environment.js';
import { type ConfiguredPrices, readPricesFile } from './prices-file.js';
import { printValue } from './printable.js';
import { describeReadError, readUtf8 } from './read-file.js';
import { digestEntries, readEntries, type Sources, singleEntry } from './read-upstreams.js';
import { readTracing, type TracingSettings } from './tracing.js';
import type { UpstreamEntry } from './upstream-entry.js';
import { WELL_KNOWN_KEY } from './variables/clients.js';
import {
  BACKGROUND_ALIAS,
  FOREIGN_MODELS,
  type THINKING_OUTPUTS,
  type UPSTREAM_PROTOCOLS,
} from './variables/upstream.js';
import { VARIABLE_NAMES, VARIABLES, type Values, type VariableName } from './variables/variables.js';

export { WELL_KNOWN_KEY };

/** LiteLLM's public map has about 2 MB. */
const MAX_PRICES_BYTES = 10_000_000;
const DEFAULT_RESPONSES_TTL_MS = 60 * 60 * 1000;

export type ThinkingOutput = (typeof THINKING_OUTPUTS)[number];
export type UpstreamProtocol = (typeof UPSTREAM_PROTOCOLS)[number];

export interface NamedKey {
  readonly name: string;
  readonly key: string;
}

type DerivedFields =
  | 'zaiToken'
  | 'defaultKey'
  | 'namedKeys'
  | 'modelAliases'
  | 'upstreamUrl'
  | 'upstreamProtocol'
  | 'upstreamSlots'
  | 'responsesTtlMs'
  | 'corsOrigins'
  | 'dataDir'
  | 'httpProxy'
  | 'httpsProxy'
  | 'noProxy'
  | 'rateLimits'
  | 'budgets'
  | 'prices'
  | 'redisUrls'
  | 'redisSentinels';

/** The values of the variables, and what follows from them. Times are in milliseconds. */
export interface Config extends Omit<Values, DerivedFields> {
  /** `undefined` when there are only named keys. */
  readonly publicKey: string | undefined;
  readonly namedKeys: readonly NamedKey[];
  /** Tried in this order; `pattern` may hold `*`. */
  readonly modelAliases: readonly { readonly pattern: string; readonly target: string }[];
  /** One or more, with unique names. */
  readonly upstreams: readonly UpstreamEntry[];
  /** Differs where the entries of UPSTREAMS_FILE differ; `undefined` without that file. */
  readonly upstreamsDigest: string | undefined;
  /** 0 when no response is kept. */
  readonly responsesTtlMs: number;
  /** Whether the well-known key's are kept as well: everybody has that key, so only if RESPONSES_TTL is set. */
  readonly keepsWellKnownResponses: boolean;
  /** `local` stands for the pages of this machine. */
  readonly corsOrigins: '*' | 'local' | readonly string[];
  /** `undefined` when nothing outlives a gateway without Redis. */
  readonly dataDir: string | undefined;
  /** For requests to the upstream; addresses may hold a user name and password. */
  readonly proxies: {
    readonly http: string | undefined;
    readonly https: string | undefined;
    /** Hosts that are asked directly. */
    readonly exceptions: readonly string[];
  };
  /** Of the file PRICES; empty without one. */
  readonly prices: ConfiguredPrices;
  readonly budgets: readonly { readonly name: string; readonly budget: Budget }[];
  readonly rateLimits: readonly { readonly name: string; readonly limit: number }[];
  /** Empty when the gateway runs alone; several are nodes of a Redis Cluster. */
  readonly redisUrls: readonly string[];
  readonly redisSentinels: readonly { readonly host: string; readonly port: number }[];
  /** `undefined` when no traces are exported. */
  readonly tracing: TracingSettings | undefined;
  /** About variables of OpenTelemetry whose values are ignored. */
  readonly tracingWarnings: readonly string[];
}

/** Everything that is wrong with the configuration, one line each. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(
      `The configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((line) => `  ${line}`).join('\n')}`,
    );
    this.name = 'ConfigError';
  }
}

/** @throws ConfigError that names every problem: the variable, what was found, what is allowed. */
export function loadConfig(environment: Environment, sources: Sources = {}): Config {
  const texts: Partial<Record<VariableName, string>> = {};
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const name of VARIABLE_NAMES) {
    const { field, kind, default: defaultText } = VARIABLES[name];
    const text = readText(name, environment);
    if (text) texts[name] = text;
    const used = text || defaultText;
    const result = used === undefined ? undefined : kind.safeParse(used);
    values[field] = result?.data;
    if (result?.error) problems.push(describeProblem(name, text ?? '', result.error.issues[0]?.message));
  }
  problems.push(...crossProblems(texts));
  const read = values as unknown as Values;
  const entries = readUpstreams(read, environment, sources, problems);
  const prices = readPrices(read.prices, sources, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  const { settings: tracing, warnings: tracingWarnings } = readTracing(environment);
  return { ...deriveConfig(read, entries), prices, tracing, tracingWarnings };
}

/** @returns the entries of UPSTREAMS_FILE, `undefined` without one; adds to `problems`. */
function readUpstreams(
  { upstreamsFile, upstreamSlots }: Values,
  environment: Environment,
  sources: Sources,
  problems: string[],
): readonly UpstreamEntry[] | undefined {
  if (upstreamsFile === undefined) return undefined;
  const context = { environment, defaultSlots: upstreamSlots };
  const found = readEntries(upstreamsFile, context, sources);
  problems.push(...found.problems);
  return found.entries;
}

/** @returns the prices of the file PRICES; adds to `problems`. */
function readPrices(path: string | undefined, sources: Sources, problems: string[]): ConfiguredPrices {
  if (path === undefined) return new Map();
  const { readText = (name) => readUtf8(name, MAX_PRICES_BYTES) } = sources;
  try {
    const found = readPricesFile(readText(resolve(path)));
    problems.push(...found.problems.map((problem) => `PRICES: ${problem}.`));
    return found.prices;
  } catch (error) {
    problems.push(
      `PRICES: found a file that cannot be read (${describeReadError(error)}); allowed: a readable file in UTF-8 of up to 10 MB.`,
    );
    return new Map();
  }
}

function readText(name: VariableName, environment: Environment): string | undefined {
  const lowerCase = VARIABLES[name].hasLowerCaseName ? environment[name.toLowerCase()]?.trim() : undefined;
  return lowerCase || environment[name]?.trim();
}

function describeProblem(name: VariableName, text: string, allowed = ''): string {
  const quotes = isQuoted(text)
    ? ' The quotation marks are part of the value (docker run --env-file keeps them): remove them.'
    : '';
  return `${name}: found ${printValue(name, text)}; ${allowed}${quotes}`;
}

function deriveConfig(
  values: Values,
  entries: readonly UpstreamEntry[] | undefined,
): Omit<Config, 'prices' | 'tracing' | 'tracingWarnings'> {
  const { defaultKey, httpProxy, httpsProxy, noProxy, prices: _, ...others } = values;
  const { zaiToken, upstreamUrl, upstreamProtocol, upstreamSlots, ...rest } = others;
  const { modelName, namedKeys = [] } = rest;
  const publicKey = defaultKey ?? (namedKeys.length === 0 ? WELL_KNOWN_KEY : undefined);
  return {
    ...rest,
    publicKey,
    namedKeys,
    modelAliases: rest.modelAliases ?? defaultAliases(modelName),
    upstreams: entries ?? [singleEntry(values)],
    upstreamsDigest: entries && digestEntries(entries),
    responsesTtlMs: rest.responsesTtlMs ?? DEFAULT_RESPONSES_TTL_MS,
    keepsWellKnownResponses: rest.responsesTtlMs !== undefined,
    corsOrigins: rest.corsOrigins ?? (publicKey === WELL_KNOWN_KEY ? 'local' : '*'),
    dataDir: rest.dataDir === 'none' ? undefined : rest.dataDir,
    proxies: { http: httpProxy, https: httpsProxy, exceptions: noProxy ?? [] },
    budgets: rest.budgets ?? [],
    rateLimits: rest.rateLimits ?? [],
    redisUrls: rest.redisUrls ?? [],
    redisSentinels: rest.redisSentinels ?? [],
  };
}

function defaultAliases(modelName: string): Config['modelAliases'] {
  return [BACKGROUND_ALIAS, ...FOREIGN_MODELS.map((pattern) => ({ pattern, target: modelName }))];
}
