/** Environment → Config. The only reader of variables; `config.env` describes each of them for people. */
import { z } from 'zod';
import { VERSION } from '../version.js';
import { crossProblems } from './cross-checks.js';
import { type Environment, isQuoted } from './environment.js';
import {
  addressList,
  count,
  delay,
  duration,
  flag,
  keyList,
  limitList,
  nameList,
  oneOf,
  originList,
  pairList,
  passphrase,
  plainName,
  port,
  proxies,
  proxyUrl,
  publicAddress,
  redisUrls,
  secret,
  size,
  text,
  url,
} from './value-kinds.js';

const WEB_URL = 'https://chat.z.ai/api/chat/completions';
const API_URL = 'https://api.z.ai/api/paas/v4';
export const WELL_KNOWN_KEY = 'sk-your-key';

const THINKING_OUTPUTS = ['reasoning_content', 'think', 'strip', 'raw', 'hide'] as const;
export type ThinkingOutput = (typeof THINKING_OUTPUTS)[number];
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const DEFAULT_ALIASES = ['gpt-*', 'chatgpt-*', 'o1*', 'o3*', 'o4*', 'claude-*'];
/** Agents name it for background calls. `cheapest`: see upstream/model-catalog.ts. */
const BACKGROUND_ALIAS = { pattern: 'claude-*haiku*', target: 'cheapest' };

/** Every variable there is, with what it may hold. Names and defaults are the original's where it had them. */
const Variables = z.object({
  ZAI_TOKEN: secret.optional(),
  DEFAULT_KEY: secret.optional(),
  API_KEYS: keyList.optional(),
  MODEL_NAME: plainName.default('GLM-4.5'),
  UPSTREAM_URL: url.optional(),
  UPSTREAM_PROTOCOL: oneOf(['auto', 'zai-web', 'openai']).default('auto'),
  UPSTREAM_MODEL: plainName.optional(),
  UPSTREAM_FE_VERSION: text.default('prod-fe-1.0.70'),
  UPSTREAM_USER_AGENT: text.default(`ZtoApi/${VERSION}`),
  MODEL_ALIASES: pairList.optional(),
  ENABLE_THINKING: flag.default(false),
  THINKING_OUTPUT: oneOf(THINKING_OUTPUTS).default('reasoning_content'),
  DEFAULT_STREAM: oneOf(['true', 'always', 'false']).default('true'),
  PORT: port.default(9090),
  HOST: text.default('0.0.0.0'),
  TRUST_PROXY: proxies.default(0),
  PUBLIC_URL: publicAddress.optional(),
  CORS_ORIGINS: originList.optional(),
  BODY_LIMIT: size.default(10 * 1024 * 1024),
  REQUEST_TIMEOUT: duration.default(300_000),
  KEEP_ALIVE_TIMEOUT: duration.default(75_000),
  CONNECT_TIMEOUT: duration.default(10_000),
  FIRST_BYTE_TIMEOUT: duration.default(60_000),
  IDLE_TIMEOUT: duration.default(300_000),
  HTTPS_PROXY: proxyUrl.optional(),
  HTTP_PROXY: proxyUrl.optional(),
  NO_PROXY: nameList.optional(),
  PUBLIC_RATE_LIMIT: count.default(60),
  PUBLIC_RATE_LIMIT_TOTAL: count.default(600),
  RATE_LIMIT: count.default(120),
  RATE_LIMITS: limitList.optional(),
  REDIS_URL: redisUrls.optional(),
  REDIS_SENTINELS: addressList.optional(),
  REDIS_PREFIX: plainName.default('ztoapi:v1:'),
  REDIS_TIMEOUT: duration.default(500),
  REDIS_REQUIRED: flag.default(true),
  DRAIN_DELAY: delay.default(0),
  DRAIN_TIMEOUT: delay.default(300_000),
  DASHBOARD_ENABLED: flag.default(true),
  DASHBOARD_PASSWORD: passphrase.optional(),
  METRICS_HOST: text.default('127.0.0.1'),
  METRICS_PORT: port.optional(),
  DEBUG_MODE: flag.default(true),
  LOG_LEVEL: oneOf(LOG_LEVELS).default('info'),
});

export const VARIABLE_NAMES: readonly string[] = Object.keys(Variables.shape);
/** Those that are everybody's may be written in lower case, too, which counts more, as it does for curl. */
const PROXY_NAMES = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'];
export const KNOWN_NAMES: readonly string[] = [
  ...VARIABLE_NAMES,
  ...PROXY_NAMES.map((name) => name.toLowerCase()),
];
/** Their values are never printed. */
export const SECRET_NAMES: ReadonlySet<string> = new Set([
  'ZAI_TOKEN',
  'DEFAULT_KEY',
  'API_KEYS',
  'DASHBOARD_PASSWORD',
]);

export interface NamedKey {
  readonly name: string;
  readonly key: string;
}

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly zaiToken: string | undefined;
  /** Undefined: there is no public key, only named ones. */
  readonly publicKey: string | undefined;
  readonly namedKeys: readonly NamedKey[];
  readonly modelName: string;
  readonly upstreamModel: string | undefined;
  /** `pattern` may hold `*`; tried in this order. */
  readonly modelAliases: readonly { readonly pattern: string; readonly target: string }[];
  readonly upstreamUrl: string;
  readonly upstreamProtocol: 'zai-web' | 'openai';
  readonly upstreamFeVersion: string;
  readonly upstreamUserAgent: string;
  readonly enableThinking: boolean;
  readonly thinkingOutput: ThinkingOutput;
  readonly defaultStream: 'true' | 'always' | 'false';
  /** Number of proxies in front, or their addresses and networks. */
  readonly trustProxy: number | readonly string[];
  /** The gateway's address for people and clients, without a slash at its end; `undefined`: the one that they ask by. */
  readonly publicUrl: string | undefined;
  /** `local`: pages of this machine. */
  readonly corsOrigins: '*' | 'local' | readonly string[];
  readonly bodyLimitBytes: number;
  /** For a client to send a whole request. */
  readonly requestTimeoutMs: number;
  /** For an idle connection of a client to be kept. */
  readonly keepAliveTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly firstByteTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** For requests to the upstream; addresses may hold a user name and password. */
  readonly proxies: {
    readonly http: string | undefined;
    readonly https: string | undefined;
    /** Hosts that are asked directly. */
    readonly exceptions: readonly string[];
  };
  /** Requests per minute; 0: no limit. */
  readonly publicRateLimit: number;
  readonly publicRateLimitTotal: number;
  readonly rateLimit: number;
  readonly rateLimits: readonly { readonly name: string; readonly limit: number }[];
  /** Empty: the gateway runs alone. Several: nodes of a Redis Cluster. */
  readonly redisUrls: readonly string[];
  readonly redisSentinels: readonly { readonly host: string; readonly port: number }[];
  readonly redisPrefix: string;
  readonly redisTimeoutMs: number;
  /** Is a Redis that does not answer at the start an error? */
  readonly redisRequired: boolean;
  readonly drainDelayMs: number;
  readonly drainTimeoutMs: number;
  readonly dashboardEnabled: boolean;
  /** Undefined: none was configured, one is made. */
  readonly dashboardPassword: string | undefined;
  readonly metricsHost: string;
  /** Undefined: no metrics are served. */
  readonly metricsPort: number | undefined;
  readonly debugMode: boolean;
  readonly logLevel: (typeof LOG_LEVELS)[number];
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

/** Throws a ConfigError that names every problem: the variable, what was found, what is allowed. */
export function loadConfig(environment: Environment): Config {
  const set: Record<string, string> = {};
  for (const name of VARIABLE_NAMES) {
    const value = readVariable(name, environment);
    if (value) set[name] = value;
  }
  const result = Variables.safeParse(set);
  const problems = [
    ...(result.error?.issues ?? []).map((issue) => problemLine(issue, set)),
    ...crossProblems(set),
  ];
  if (!result.success || problems.length > 0) throw new ConfigError(problems);
  return toConfig(result.data);
}

function readVariable(name: string, environment: Environment): string | undefined {
  const lowerCase = PROXY_NAMES.includes(name) ? environment[name.toLowerCase()]?.trim() : undefined;
  return lowerCase || environment[name]?.trim();
}

function toConfig(values: z.output<typeof Variables>): Config {
  const upstreamUrl = values.UPSTREAM_URL ?? (isOfficialKey(values.ZAI_TOKEN) ? API_URL : WEB_URL);
  const namedKeys = values.API_KEYS ?? [];
  const publicKey = values.DEFAULT_KEY ?? (namedKeys.length === 0 ? WELL_KNOWN_KEY : undefined);
  return {
    host: values.HOST,
    port: values.PORT,
    zaiToken: values.ZAI_TOKEN,
    publicKey,
    namedKeys,
    modelName: values.MODEL_NAME,
    upstreamModel: values.UPSTREAM_MODEL,
    modelAliases: values.MODEL_ALIASES ?? defaultAliases(values.MODEL_NAME),
    upstreamUrl,
    upstreamProtocol:
      values.UPSTREAM_PROTOCOL === 'auto' ? protocolOf(upstreamUrl) : values.UPSTREAM_PROTOCOL,
    upstreamFeVersion: values.UPSTREAM_FE_VERSION,
    upstreamUserAgent: values.UPSTREAM_USER_AGENT,
    enableThinking: values.ENABLE_THINKING,
    thinkingOutput: values.THINKING_OUTPUT,
    defaultStream: values.DEFAULT_STREAM,
    trustProxy: values.TRUST_PROXY,
    publicUrl: values.PUBLIC_URL,
    corsOrigins: values.CORS_ORIGINS ?? (publicKey === WELL_KNOWN_KEY ? 'local' : '*'),
    bodyLimitBytes: values.BODY_LIMIT,
    requestTimeoutMs: values.REQUEST_TIMEOUT,
    keepAliveTimeoutMs: values.KEEP_ALIVE_TIMEOUT,
    connectTimeoutMs: values.CONNECT_TIMEOUT,
    firstByteTimeoutMs: values.FIRST_BYTE_TIMEOUT,
    idleTimeoutMs: values.IDLE_TIMEOUT,
    proxies: { http: values.HTTP_PROXY, https: values.HTTPS_PROXY, exceptions: values.NO_PROXY ?? [] },
    publicRateLimit: values.PUBLIC_RATE_LIMIT,
    publicRateLimitTotal: values.PUBLIC_RATE_LIMIT_TOTAL,
    rateLimit: values.RATE_LIMIT,
    rateLimits: values.RATE_LIMITS ?? [],
    redisUrls: values.REDIS_URL ?? [],
    redisSentinels: values.REDIS_SENTINELS ?? [],
    redisPrefix: values.REDIS_PREFIX,
    redisTimeoutMs: values.REDIS_TIMEOUT,
    redisRequired: values.REDIS_REQUIRED,
    drainDelayMs: values.DRAIN_DELAY,
    drainTimeoutMs: values.DRAIN_TIMEOUT,
    dashboardEnabled: values.DASHBOARD_ENABLED,
    dashboardPassword: values.DASHBOARD_PASSWORD,
    metricsHost: values.METRICS_HOST,
    metricsPort: values.METRICS_PORT,
    debugMode: values.DEBUG_MODE,
    logLevel: values.LOG_LEVEL,
  };
}

function defaultAliases(modelName: string): Config['modelAliases'] {
  return [BACKGROUND_ALIAS, ...DEFAULT_ALIASES.map((pattern) => ({ pattern, target: modelName }))];
}

/** What kind of credential ZAI_TOKEN holds, by its form. */
export function tokenKind(token: string | undefined): 'none' | 'official-key' | 'web-token' | 'other' {
  if (token === undefined) return 'none';
  if (isOfficialKey(token)) return 'official-key';
  return token.split('.').length === 3 ? 'web-token' : 'other';
}

/** Z.ai's API keys look like `id.secret`; a JWT from the web chat has three parts. */
function isOfficialKey(token: string | undefined): boolean {
  return token !== undefined && /^[^.\s]+\.[^.\s]+$/.test(token);
}

function protocolOf(upstreamUrl: string): 'zai-web' | 'openai' {
  return new URL(upstreamUrl).pathname.replace(/\/+$/, '').endsWith('/api/chat/completions')
    ? 'zai-web'
    : 'openai';
}

function problemLine(issue: z.core.$ZodIssue, set: Readonly<Record<string, string>>): string {
  const name = String(issue.path[0]);
  const value = set[name] ?? '';
  const quotes = isQuoted(value)
    ? ' The quotation marks are part of the value (docker run --env-file keeps them): remove them.'
    : '';
  return `${name}: found ${printable(name, value)}; ${issue.message}${quotes}`;
}

/** What is wrong about an address may be where its password stands. */
const ADDRESSES: Readonly<Record<string, z.ZodType | undefined>> = {
  REDIS_URL: redisUrls,
  HTTPS_PROXY: proxyUrl,
  HTTP_PROXY: proxyUrl,
};

/** A value as it may be printed: no secret, and nothing before an `@`, where addresses have passwords. */
export function printable(name: string, value: string): string {
  const hidden = SECRET_NAMES.has(name) || ADDRESSES[name.toUpperCase()]?.safeParse(value).success === false;
  return hidden ? `(hidden, ${value.length} characters)` : JSON.stringify(value.replace(/^.*@/s, '***@'));
}
