import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import express from 'express';
import { type Config, ConfigError, loadConfig } from '../../src/config/config.js';
import { printValue } from '../../src/config/printable.js';
import { classifyToken } from '../../src/config/token-kind.js';
import type { UpstreamEntry } from '../../src/config/upstream-entry.js';
import { VARIABLE_NAMES, VARIABLES } from '../../src/config/variables/variables.js';
import { VERSION } from '../../src/version.js';
import { upstreamEntry } from '../support/upstreams.js';

const DEFAULTS: Config = {
  host: '0.0.0.0',
  port: 9090,
  publicKey: 'sk-your-key',
  namedKeys: [],
  modelName: 'GLM-4.5',
  upstreamModel: undefined,
  responsesTtlMs: 3_600_000,
  keepsWellKnownResponses: false,
  modelAliases: [
    { pattern: 'claude-*haiku*', target: 'cheapest' },
    ...['gpt-*', 'chatgpt-*', 'o1*', 'o3*', 'o4*', 'claude-*'].map((pattern) => ({
      pattern,
      target: 'GLM-4.5',
    })),
  ],
  upstreams: [
    {
      name: 'default',
      url: 'https://chat.z.ai/api/chat/completions',
      protocol: 'zai-web',
      token: undefined,
      tokenVariable: 'ZAI_TOKEN',
      slots: 'auto',
      priority: 1,
      models: undefined,
      fallback: {},
      owner: undefined,
    },
  ],
  upstreamsDigest: undefined,
  upstreamsFile: undefined,
  upstreamFeVersion: 'prod-fe-1.0.70',
  upstreamUserAgent: `ZtoApi/${VERSION}`,
  enableThinking: false,
  thinkingOutput: 'reasoning_content',
  defaultStream: 'true',
  trustProxy: 0,
  publicUrl: undefined,
  corsOrigins: 'local',
  bodyLimitBytes: 10 * 1024 * 1024,
  requestTimeoutMs: 300_000,
  keepAliveTimeoutMs: 75_000,
  connectTimeoutMs: 10_000,
  firstByteTimeoutMs: 60_000,
  idleTimeoutMs: 300_000,
  proxies: { http: undefined, https: undefined, exceptions: [] },
  publicRateLimit: 60,
  publicRateLimitTotal: 600,
  rateLimitTotal: 0,
  rateLimit: 120,
  budgets: [],
  rateLimits: [],
  queueStreamTimeoutMs: 300_000,
  queueTimeoutMs: 60_000,
  queueLimit: 100,
  queueLimitTotal: 1_000,
  queueReserve: 0,
  dataDir: './data',
  redisUrls: [],
  redisSentinels: [],
  redisPrefix: 'ztoapi:v1:',
  redisTimeoutMs: 500,
  redisRequired: true,
  drainDelayMs: 0,
  drainTimeoutMs: 300_000,
  dashboardEnabled: true,
  dashboardPassword: undefined,
  adminPassword: undefined,
  historyDays: 14,
  alertReceivers: undefined,
  alertLanguage: 'en',
  timeZone: 'UTC',
  prices: new Map(),
  metricsHost: '127.0.0.1',
  metricsPort: undefined,
  metricsKeys: false,
  debugMode: true,
  logLevel: 'info',
  tracing: undefined,
  tracingWarnings: [],
};

/** The upstream of the single-upstream variables. */
function upstreamWith(values: Partial<UpstreamEntry>): readonly UpstreamEntry[] {
  return DEFAULTS.upstreams.map((entry) => ({ ...entry, ...values }));
}

/** A file of one upstream. */
const FILE = join(mkdtempSync(join(tmpdir(), 'upstreams-')), 'upstreams.yaml');
writeFileSync(FILE, 'upstreams:\n  - name: team\n    url: http://gpu/v1\n');
const PRICES_FILE = join(dirname(FILE), 'prices.json');
writeFileSync(
  PRICES_FILE,
  '{"glm-5.2":{"input_cost_per_token":8e-6,"cache_read_input_token_cost":2e-6,"output_cost_per_token":28e-6,"currency":"CNY"}}',
);

/** What a variable's text becomes; `path` is the part of Config that it sets. */
const GOOD: [name: string, text: string, path: keyof Config, expected: unknown][] = [
  [
    'HTTPS_PROXY',
    'http://me:p%40ss@proxy.example:3128',
    'proxies',
    { http: undefined, https: 'http://me:p%40ss@proxy.example:3128', exceptions: [] },
  ],
  [
    'HTTPS_PROXY',
    'https://proxy.example/',
    'proxies',
    { http: undefined, https: 'https://proxy.example/', exceptions: [] },
  ],
  ['HTTP_PROXY', 'proxy:3128', 'proxies', { http: 'http://proxy:3128', https: undefined, exceptions: [] }],
  [
    'NO_PROXY',
    'localhost, .corp.example 10.0.0.0/8,',
    'proxies',
    { http: undefined, https: undefined, exceptions: ['localhost', '.corp.example', '10.0.0.0/8'] },
  ],
  ['ZAI_TOKEN', 'e30.e30.c2ln', 'upstreams', upstreamWith({ token: 'e30.e30.c2ln' })],
  ['ZAI_TOKEN', '  padded-token  ', 'upstreams', upstreamWith({ token: 'padded-token' })],
  ['DEFAULT_KEY', 'sk-mine', 'publicKey', 'sk-mine'],
  ['DEFAULT_KEY', 'with,comma:and#hash', 'publicKey', 'with,comma:and#hash'],
  ['API_KEYS', 'alice:sk-a', 'namedKeys', [{ name: 'alice', key: 'sk-a' }]],
  [
    'API_KEYS',
    ' alice:sk:a , b.o_b-2:sk-b,',
    'namedKeys',
    [
      { name: 'alice', key: 'sk:a' },
      { name: 'b.o_b-2', key: 'sk-b' },
    ],
  ],
  ['MODEL_NAME', 'GLM-4.5-Pro', 'modelName', 'GLM-4.5-Pro'],
  ['UPSTREAM_MODEL', 'zai-org/GLM-4.5', 'upstreamModel', 'zai-org/GLM-4.5'],
  [
    'UPSTREAM_URL',
    'http://localhost:8000/v1',
    'upstreams',
    upstreamWith({ url: 'http://localhost:8000/v1', protocol: 'openai' }),
  ],
  [
    'UPSTREAM_URL',
    'http://[::1]:8000/v1',
    'upstreams',
    upstreamWith({ url: 'http://[::1]:8000/v1', protocol: 'openai' }),
  ],
  ['UPSTREAM_PROTOCOL', 'openai', 'upstreams', upstreamWith({ protocol: 'openai' })],
  [
    'UPSTREAMS_FILE',
    FILE,
    'upstreams',
    [upstreamEntry({ name: 'team', url: 'http://gpu/v1', token: undefined })],
  ],
  ['UPSTREAM_SLOTS', '3', 'upstreams', upstreamWith({ slots: 3 })],
  ['UPSTREAM_SLOTS', 'auto', 'upstreams', upstreamWith({ slots: 'auto' })],
  ['UPSTREAM_SLOTS', 'unlimited', 'upstreams', upstreamWith({ slots: 'unlimited' })],
  ['QUEUE_STREAM_TIMEOUT', '1', 'queueStreamTimeoutMs', 1],
  ['QUEUE_TIMEOUT', '90000', 'queueTimeoutMs', 90_000],
  ['QUEUE_LIMIT', '0', 'queueLimit', 0],
  ['QUEUE_LIMIT_TOTAL', '100000', 'queueLimitTotal', 100_000],
  ['QUEUE_RESERVE', '1', 'queueReserve', 1],
  ['UPSTREAM_PROTOCOL', 'ZAI-Web', 'upstreams', upstreamWith({ protocol: 'zai-web' })],
  ['UPSTREAM_PROTOCOL', 'auto', 'upstreams', upstreamWith({ protocol: 'zai-web' })],
  ['UPSTREAM_FE_VERSION', 'prod-fe-1.1.64', 'upstreamFeVersion', 'prod-fe-1.1.64'],
  ['UPSTREAM_USER_AGENT', 'Some Agent/1.0 (x)', 'upstreamUserAgent', 'Some Agent/1.0 (x)'],
  [
    'MODEL_ALIASES',
    'gpt-4*=GLM-4.6, fast=GLM-4.5-Air',
    'modelAliases',
    [
      { pattern: 'gpt-4*', target: 'GLM-4.6' },
      { pattern: 'fast', target: 'GLM-4.5-Air' },
    ],
  ],
  ['ENABLE_THINKING', 'true', 'enableThinking', true],
  ['ENABLE_THINKING', 'YES', 'enableThinking', true],
  ['ENABLE_THINKING', '1', 'enableThinking', true],
  ['THINKING_OUTPUT', 'think', 'thinkingOutput', 'think'],
  ['THINKING_OUTPUT', 'strip', 'thinkingOutput', 'strip'],
  ['THINKING_OUTPUT', 'raw', 'thinkingOutput', 'raw'],
  ['THINKING_OUTPUT', 'hide', 'thinkingOutput', 'hide'],
  ['DEFAULT_STREAM', 'always', 'defaultStream', 'always'],
  ['DEFAULT_STREAM', 'False', 'defaultStream', 'false'],
  ['PORT', '0', 'port', 0],
  ['PORT', '65535', 'port', 65_535],
  ['HOST', '::1', 'host', '::1'],
  ['TRUST_PROXY', '2', 'trustProxy', 2],
  ['TRUST_PROXY', '10.0.0.0/8', 'trustProxy', ['10.0.0.0/8']],
  ['TRUST_PROXY', '192.0.2.1, fd00::/8 ,::1', 'trustProxy', ['192.0.2.1', 'fd00::/8', '::1']],
  ['PUBLIC_URL', 'https://ai.example.com/', 'publicUrl', 'https://ai.example.com'],
  ['CORS_ORIGINS', '*', 'corsOrigins', '*'],
  ['CORS_ORIGINS', 'https://App.Example.com', 'corsOrigins', ['https://app.example.com']],
  [
    'CORS_ORIGINS',
    'http://localhost:3000, app://obsidian.md',
    'corsOrigins',
    ['http://localhost:3000', 'app://obsidian.md'],
  ],
  ['BODY_LIMIT', '500', 'bodyLimitBytes', 500],
  ['BODY_LIMIT', '500b', 'bodyLimitBytes', 500],
  ['BODY_LIMIT', '64KB', 'bodyLimitBytes', 65_536],
  ['BODY_LIMIT', '2 mb', 'bodyLimitBytes', 2_097_152],
  ['BODY_LIMIT', '1gb', 'bodyLimitBytes', 1_073_741_824],
  ['CONNECT_TIMEOUT', '1', 'connectTimeoutMs', 1],
  ['FIRST_BYTE_TIMEOUT', '30000', 'firstByteTimeoutMs', 30_000],
  ['IDLE_TIMEOUT', '2147483647', 'idleTimeoutMs', 2_147_483_647],
  ['PUBLIC_RATE_LIMIT', '0', 'publicRateLimit', 0],
  ['PUBLIC_RATE_LIMIT_TOTAL', '1000000', 'publicRateLimitTotal', 1_000_000],
  ['RATE_LIMIT', '30', 'rateLimit', 30],
  ['RATE_LIMIT_TOTAL', '900', 'rateLimitTotal', 900],
  ['REDIS_URL', 'redis://localhost', 'redisUrls', ['redis://localhost']],
  ['REDIS_URL', 'rediss://u%40:p%2C@[::1]:6380/2', 'redisUrls', ['rediss://u%40:p%2C@[::1]:6380/2']],
  ['REDIS_URL', 'redis://a:1, redis://b:2,', 'redisUrls', ['redis://a:1', 'redis://b:2']],
  ['REDIS_PREFIX', 'team-a:', 'redisPrefix', 'team-a:'],
  ['DATA_DIR', '/srv/数据 folder', 'dataDir', '/srv/数据 folder'],
  ['DATA_DIR', 'none', 'dataDir', undefined],
  ['REDIS_TIMEOUT', '1', 'redisTimeoutMs', 1],
  ['REDIS_REQUIRED', 'no', 'redisRequired', false],
  ['DRAIN_DELAY', '5000', 'drainDelayMs', 5_000],
  ['RESPONSES_TTL', '0', 'responsesTtlMs', 0],
  ['DRAIN_TIMEOUT', '0', 'drainTimeoutMs', 0],
  ['REQUEST_TIMEOUT', '60000', 'requestTimeoutMs', 60_000],
  ['KEEP_ALIVE_TIMEOUT', '620000', 'keepAliveTimeoutMs', 620_000],
  ['DASHBOARD_ENABLED', 'off', 'dashboardEnabled', false],
  ['DASHBOARD_PASSWORD', ' correct horse 电池 🔋 ', 'dashboardPassword', 'correct horse 电池 🔋'],
  [
    'PRICES',
    PRICES_FILE,
    'prices',
    new Map([['glm-5.2', { currency: 'CNY', input: 8_000_000, cachedInput: 2_000_000, output: 28_000_000 }]]),
  ],
  ['TIME_ZONE', 'Asia/Shanghai', 'timeZone', 'Asia/Shanghai'],
  ['ADMIN_PASSWORD', ' lead 电池 ', 'adminPassword', 'lead 电池'],
  [
    'ALERT_WEBHOOK',
    'https://oapi.dingtalk.com/robot/send?access_token=x#secret=SEC1',
    'alertReceivers',
    [
      {
        form: 'dingtalk',
        url: 'https://oapi.dingtalk.com/robot/send?access_token=x',
        secret: 'SEC1',
        name: 'dingtalk oapi.dingtalk.com',
      },
    ],
  ],
  ['ALERT_LANGUAGE', 'ZH', 'alertLanguage', 'zh'],
  ['HISTORY_DAYS', '0', 'historyDays', 0],
  ['METRICS_KEYS', 'true', 'metricsKeys', true],
  ['METRICS_HOST', '0.0.0.0', 'metricsHost', '0.0.0.0'],
  ['METRICS_PORT', '9100', 'metricsPort', 9_100],
  ['DEBUG_MODE', '0', 'debugMode', false],
  ['LOG_LEVEL', 'WARN', 'logLevel', 'warn'],
];

/** The same for variables that need others beside them. */
const GOOD_TOGETHER: [
  name: string,
  environment: Record<string, string>,
  path: keyof Config,
  expected: unknown,
][] = [
  [
    'BUDGETS',
    { BUDGETS: 'alice=20/month,public=2000tokens/day/hard', API_KEYS: 'alice:sk-a' },
    'budgets',
    [
      { name: 'alice', budget: { unit: 'USD', amount: 20_000_000, period: 'month' } },
      { name: 'public', budget: { unit: 'tokens', amount: 2_000, period: 'day', hard: true } },
    ],
  ],
  [
    'RATE_LIMITS',
    { RATE_LIMITS: 'alice=600, bob=0', API_KEYS: 'alice:sk-a,bob:sk-b' },
    'rateLimits',
    [
      { name: 'alice', limit: 600 },
      { name: 'bob', limit: 0 },
    ],
  ],
  [
    'REDIS_SENTINELS',
    { REDIS_SENTINELS: '10.0.0.1:26379, sentinel:2, [::1]:3', REDIS_URL: 'redis://mymaster' },
    'redisSentinels',
    [
      { host: '10.0.0.1', port: 26_379 },
      { host: 'sentinel', port: 2 },
      { host: '::1', port: 3 },
    ],
  ],
];

const BAD: [name: string, text: string, allowed: string][] = [
  ['ZAI_TOKEN', 'two words', 'printable ASCII characters without spaces'],
  ['DEFAULT_KEY', 'schlüssel', 'printable ASCII characters without spaces'],
  ['API_KEYS', 'sk-without-name', 'name:key,name:key'],
  ['API_KEYS', 'alice:', 'name:key,name:key'],
  ['API_KEYS', 'alice:sk-a,b b:sk-b', 'name:key,name:key'],
  ['API_KEYS', ',', 'name:key,name:key'],
  ['MODEL_NAME', 'GLM 4.5', 'a name without'],
  ['UPSTREAM_MODEL', 'a,b', 'a name without'],
  ['UPSTREAM_URL', 'chat.z.ai', 'an http:// or https:// address'],
  ['UPSTREAM_URL', 'ftp://chat.z.ai/', 'an http:// or https:// address'],
  ['UPSTREAM_PROTOCOL', 'anthropic', 'auto, zai-web, openai'],
  ['UPSTREAMS_FILE', 'no-such-folder/upstreams.yaml', 'a readable file in UTF-8'],
  ['UPSTREAM_SLOTS', '0', 'a whole number from 1 to 10000, auto or unlimited'],
  ['QUEUE_STREAM_TIMEOUT', '0', 'a whole number of milliseconds'],
  ['QUEUE_TIMEOUT', '1m', 'a whole number of milliseconds'],
  ['QUEUE_LIMIT', '-1', 'a whole number from 0 to 100000'],
  ['QUEUE_LIMIT_TOTAL', '100001', 'a whole number from 0 to 100000'],
  ['QUEUE_RESERVE', 'one', 'a whole number from 0 to 100000'],
  ['UPSTREAM_FE_VERSION', 'a\nb', 'printable text on one line'],
  ['UPSTREAM_USER_AGENT', 'Agent/1\r\nx-evil: 1', 'printable text on one line'],
  ['MODEL_ALIASES', 'gpt-4', 'name=value,name=value'],
  ['MODEL_ALIASES', 'gpt-4=', 'name=value,name=value'],
  ['ENABLE_THINKING', 'maybe', 'true or false'],
  ['THINKING_OUTPUT', 'reasoning', 'reasoning_content, think, strip, raw, hide'],
  ['DEFAULT_STREAM', 'sometimes', 'true, always, false'],
  ['PORT', '65536', 'a whole number from 0 to 65535'],
  ['PORT', '-1', 'a whole number from 0 to 65535'],
  ['PORT', '80.5', 'a whole number from 0 to 65535'],
  ['PORT', '0x50', 'a whole number from 0 to 65535'],
  ['HOST', 'löcalhost', 'printable text on one line'],
  ['TRUST_PROXY', 'true', 'the number of proxies in front'],
  ['TRUST_PROXY', '17', 'the number of proxies in front'],
  ['TRUST_PROXY', '10.0.0.0/33', 'the number of proxies in front'],
  ['TRUST_PROXY', '10.0.0.0/0', 'the number of proxies in front'],
  ['TRUST_PROXY', 'fd00::/129', 'the number of proxies in front'],
  ['TRUST_PROXY', '10.0.0.1/8/8', 'the number of proxies in front'],
  ['TRUST_PROXY', '10.0.0.1,proxy.example.com', 'the number of proxies in front'],
  ['PUBLIC_URL', 'ai.example.com', 'an http:// or https:// address'],
  ['PUBLIC_URL', 'https://ai.example.com/?a=1', 'an http:// or https:// address'],
  ['CORS_ORIGINS', 'app.example.com', '* or origins such as'],
  ['CORS_ORIGINS', 'https://app.example.com/', '* or origins such as'],
  ['CORS_ORIGINS', 'https://*.example.com', '* or origins such as'],
  ['BODY_LIMIT', '0', 'a size such as'],
  ['BODY_LIMIT', '10 megabytes', 'a size such as'],
  ['BODY_LIMIT', '2gb', 'a size such as'],
  ['CONNECT_TIMEOUT', '0', 'a whole number of milliseconds'],
  ['FIRST_BYTE_TIMEOUT', '60s', 'a whole number of milliseconds'],
  ['IDLE_TIMEOUT', '2147483648', 'a whole number of milliseconds'],
  ['PUBLIC_RATE_LIMIT', '-1', 'a whole number from 0 to 1000000'],
  ['PUBLIC_RATE_LIMIT_TOTAL', 'off', 'a whole number from 0 to 1000000'],
  ['RATE_LIMIT', '1000001', 'a whole number from 0 to 1000000'],
  ['RATE_LIMIT_TOTAL', '-1', 'a whole number from 0 to 1000000'],
  ['BUDGETS', 'alice=20/year', 'name=budget,name=budget'],
  ['BUDGETS', 'alice=20/month', 'public, and names of API_KEYS'],
  ['BUDGETS', 'public=20/month,public=30/month', 'one for each unit and period'],
  ['RATE_LIMITS', 'alice', 'name=number,name=number'],
  ['RATE_LIMITS', 'alice=', 'name=number,name=number'],
  ['RATE_LIMITS', 'alice=1000001', 'name=number,name=number'],
  ['RATE_LIMITS', 'alice=1', 'names of API_KEYS'],
  ['REDIS_URL', 'localhost:6379', 'redis://[user:password@]host[:port][/db]'],
  ['REDIS_URL', 'http://localhost', 'redis://[user:password@]host[:port][/db]'],
  ['REDIS_URL', 'redis://', 'redis://[user:password@]host[:port][/db]'],
  ['REDIS_URL', 'redis://localhost:port', 'redis://[user:password@]host[:port][/db]'],
  ['REDIS_URL', 'redis://localhost/cache', 'redis://[user:password@]host[:port][/db]'],
  ['REDIS_URL', 'redis://localhost?db=1', 'redis://[user:password@]host[:port][/db]'],
  ['REDIS_URL', 'redis://:50%@localhost', 'redis://[user:password@]host[:port][/db]'],
  ['REDIS_URL', 'redis://a:1,b:2', 'redis://[user:password@]host[:port][/db]'],
  ['REDIS_SENTINELS', '10.0.0.1:26379', 'beside REDIS_URL=redis://NAME-OF-THE-MASTER'],
  ['REDIS_PREFIX', 'a b', 'a name without'],
  ['DATA_DIR', 'a\tb', 'the path of a folder, or none'],
  ['REDIS_TIMEOUT', '0', 'a whole number of milliseconds'],
  ['REDIS_REQUIRED', 'maybe', 'true or false'],
  ['DRAIN_DELAY', '5s', 'a whole number of milliseconds'],
  ['RESPONSES_TTL', '1h', 'a whole number of milliseconds'],
  ['DRAIN_TIMEOUT', '-1', 'a whole number of milliseconds'],
  ['HTTPS_PROXY', 'socks5://proxy:1080', 'http://[user:password@]host[:port]'],
  ['HTTPS_PROXY', 'http://', 'http://[user:password@]host[:port]'],
  ['HTTPS_PROXY', 'http://user:100%@proxy', 'http://[user:password@]host[:port]'],
  ['HTTP_PROXY', 'http://proxy:port', 'http://[user:password@]host[:port]'],
  ['HTTP_PROXY', 'http://proxy/path', 'http://[user:password@]host[:port]'],
  ['NO_PROXY', 'löcalhost', 'names, addresses or networks'],
  ['REQUEST_TIMEOUT', '0', 'a whole number of milliseconds'],
  ['KEEP_ALIVE_TIMEOUT', '75s', 'a whole number of milliseconds'],
  ['DASHBOARD_ENABLED', '2', 'true or false'],
  [
    'DASHBOARD_PASSWORD',
    'two\nlines',
    '1 to 200 characters of any script, in UTF-8, without control characters',
  ],
  [
    'DASHBOARD_PASSWORD',
    'not\uFFFDUTF-8',
    '1 to 200 characters of any script, in UTF-8, without control characters',
  ],
  [
    'DASHBOARD_PASSWORD',
    '长'.repeat(201),
    '1 to 200 characters of any script, in UTF-8, without control characters',
  ],
  ['PRICES', 'no-such-folder/prices.json', 'a readable file in UTF-8'],
  ['TIME_ZONE', 'Mars/Olympus', 'the name of a time zone, such as UTC, Asia/Shanghai or Europe/Berlin'],
  ['TIME_ZONE', '+08:00', 'the name of a time zone, such as UTC, Asia/Shanghai or Europe/Berlin'],
  ['ADMIN_PASSWORD', 'two\nlines', '1 to 200 characters of any script, in UTF-8, without control characters'],
  [
    'ALERT_WEBHOOK',
    'http://example.com/hook',
    'up to 10 addresses [json|slack|feishu|dingtalk|wecom+]https://…[#secret=…], separated by commas or spaces; http:// only for this machine; a secret only for feishu and dingtalk',
  ],
  ['ALERT_LANGUAGE', 'fr', 'en, zh'],
  ['HISTORY_DAYS', '91', 'a whole number of days from 0 to 90'],
  ['METRICS_KEYS', 'ann', 'true or false'],
  ['METRICS_HOST', 'löcalhost', 'printable text on one line'],
  ['METRICS_PORT', '65536', 'a whole number from 0 to 65535'],
  ['DEBUG_MODE', 'verbose', 'true or false'],
  ['LOG_LEVEL', 'chatty', 'fatal, error, warn, info, debug, trace, silent'],
];

describe('loadConfig', () => {
  it('has a default for every variable', () => {
    expect(loadConfig({})).to.deep.equal(DEFAULTS);
  });

  it('takes an empty or blank value for unset, for every variable', () => {
    for (const name of VARIABLE_NAMES) {
      expect(loadConfig({ [name]: '' }), name).to.deep.equal(DEFAULTS);
      expect(loadConfig({ [name]: ' \t' }), name).to.deep.equal(DEFAULTS);
      expect(loadConfig({ [name]: undefined }), name).to.deep.equal(DEFAULTS);
    }
  });

  it('is tested here with a good and a bad value of every variable', () => {
    for (const table of [[...GOOD, ...GOOD_TOGETHER], BAD]) {
      expect(new Set(table.map(([name]) => name))).to.deep.equal(new Set(VARIABLE_NAMES));
    }
  });

  for (const [name, text, path, expected] of GOOD) {
    it(`reads ${name}=${text}`, () => {
      expect(loadConfig({ [name]: text })[path]).to.deep.equal(expected);
    });
  }

  for (const [name, environment, path, expected] of GOOD_TOGETHER) {
    it(`reads ${name} beside what it needs`, () => {
      expect(loadConfig(environment)[path]).to.deep.equal(expected);
    });
  }

  for (const [name, text, allowed] of BAD) {
    it(`refuses ${name}=${JSON.stringify(text)}, naming it and what is allowed`, () => {
      const [problem, ...more] = problemsOf({ [name]: text });
      expect(more).to.deep.equal([]);
      expect(problem).to.match(new RegExp(`^${name}: found .+; allowed: `));
      expect(problem).to.contain(`allowed: ${allowed}`);
    });
  }

  it('tells of quotation marks where they are what is wrong', () => {
    for (const [name, value] of [
      ['PORT', '"9090"'],
      ['UPSTREAM_URL', "'https://api.z.ai/api/paas/v4'"],
      ['API_KEYS', '"ann:sk-a"'],
    ] as const)
      expect(problemsOf({ [name]: value })[0], name).to.match(
        /docker run --env-file keeps them\): remove them\.$/,
      );
    expect(problemsOf({ PORT: 'ninety' })[0]).not.to.contain('quotation');
  });

  it('tells every problem at once, those of the keys included, with what was found', () => {
    const problems = problemsOf({
      PORT: 'ninety',
      DEBUG_MODE: 'loud',
      BODY_LIMIT: 'huge',
      API_KEYS: 'public:sk-a',
    });
    expect(problems).to.have.length(4);
    expect(problems.find((line) => line.startsWith('PORT'))).to.contain('found "ninety"');
    expect(problems.find((line) => line.startsWith('API_KEYS'))).to.contain('found the name public');
    expect(() => loadConfig({ PORT: 'x', DEBUG_MODE: 'y' })).to.throw(
      ConfigError,
      /has 2 problems:\n {2}PORT: .*\n {2}DEBUG_MODE: /,
    );
    expect(() => loadConfig({ PORT: 'x' })).to.throw(ConfigError, /has a problem:\n {2}PORT: /);
  });

  it('never prints a secret in a problem', () => {
    const cases = [
      { ZAI_TOKEN: 'canary secret' },
      { DEFAULT_KEY: 'canary ö' },
      { API_KEYS: 'canary' },
      { API_KEYS: 'alice:canary,alice:canary' },
      { API_KEYS: 'alice:canary', DEFAULT_KEY: 'canary' },
      { UPSTREAM_URL: 'https://user:canary@example.com/v1' },
      { UPSTREAM_URL: 'https://user:canary@can@ary/b@example.com' },
      { UPSTREAM_URL: 'user:canary@example.com' },
      { DASHBOARD_PASSWORD: 'canary\u0007word' },
      { REDIS_URL: 'http://user:canary@localhost' },
      { REDIS_URL: 'redis://user:can@ary@localhost:port' },
      { REDIS_URL: 'redis://:canary' },
      { REDIS_URL: 'redis://user:canary,more@localhost' },
      { REDIS_URL: 'redis://a:1,redis://user:canary' },
      { REDIS_URL: 'canary' },
      { HTTPS_PROXY: 'socks5://user:canary@proxy' },
      { HTTP_PROXY: 'http://user:canary' },
      { http_proxy: 'http://user:canary/' },
      { REDIS_URL: 'redis://localhost?password=canary' },
      { REDIS_URL: 'redis://:canary@a,redis://:canary@b', REDIS_SENTINELS: 's:1' },
    ];
    for (const environment of cases) {
      const text = problemsOf(environment).join('\n');
      expect(text).not.to.equal('');
      expect(text, JSON.stringify(environment)).not.to.contain('canary');
    }
    expect(problemsOf({ ZAI_TOKEN: 'canary secret' })[0]).to.contain('found (hidden, 13 characters)');
  });

  it('prints an address without its password, and a secret not at all, where a person asks for the settings', () => {
    expect(printValue('REDIS_URL', 'redis://user:canary@localhost:6379/1')).to.equal(
      '"***@localhost:6379/1"',
    );
    expect(printValue('REDIS_URL', 'redis://:canary@a:1,redis://:canary@b:2')).to.equal('"***@b:2"');
    expect(printValue('REDIS_URL', 'redis://localhost')).to.equal('"redis://localhost"');
    expect(printValue('REDIS_URL', 'redis://canary:x')).to.equal('(hidden, 16 characters)');
    expect(printValue('https_proxy', 'http://user:canary@proxy')).to.equal('"***@proxy"');
    expect(printValue('http_proxy', 'http://user:canary')).to.equal('(hidden, 18 characters)');
    for (const name of VARIABLE_NAMES.filter((one) => VARIABLES[one].isSecret))
      expect(printValue(name, 'canary')).to.equal('(hidden, 6 characters)');
    expect(printValue('PORT', '9090')).to.equal('"9090"');
  });

  it('takes the variables of proxies in lower case, too, which counts more', () => {
    const both = { HTTPS_PROXY: 'http://upper', https_proxy: 'http://lower' };
    expect(loadConfig(both).proxies.https).to.equal('http://lower');
    expect(loadConfig({ ...both, https_proxy: ' ' }).proxies.https).to.equal('http://upper');
    expect(loadConfig({ http_proxy: 'p:1', no_proxy: '*' }).proxies).to.deep.equal({
      http: 'http://p:1',
      https: undefined,
      exceptions: ['*'],
    });
    expect(loadConfig({ port: '1' })).to.deep.equal(DEFAULTS);
  });

  it('leaves other variables alone', () => {
    expect(loadConfig({ PATH: '/bin', NODE_ENV: 'test' })).to.deep.equal(DEFAULTS);
  });

  it('gives a config that cannot be changed by mistake', () => {
    const config = loadConfig({ API_KEYS: 'alice:sk-a' });
    // Never run: the compiler is what is asked here.
    const change = () => {
      // @ts-expect-error a config is readonly
      config.port = 1;
      // @ts-expect-error its lists are readonly
      config.namedKeys.push({ name: 'bob', key: 'sk-b' });
      // @ts-expect-error and so are their entries
      for (const entry of config.namedKeys) entry.key = 'x';
      // @ts-expect-error aliases, too
      for (const alias of config.modelAliases) alias.target = 'x';
    };
    expect(change).to.be.a('function');
  });
});

describe('the keys of a config', () => {
  it('are the well-known public key alone by default', () => {
    expect(loadConfig({})).to.include({ publicKey: 'sk-your-key' });
  });

  it('are named ones alone where only API_KEYS is set', () => {
    expect(loadConfig({ API_KEYS: 'alice:sk-a' })).to.include({ publicKey: undefined });
  });

  it('are both where both are set', () => {
    const config = loadConfig({ API_KEYS: 'alice:sk-a', DEFAULT_KEY: 'sk-all' });
    expect(config).to.include({ publicKey: 'sk-all' });
    expect(config.namedKeys).to.have.length(1);
  });

  it('have one name each and one key each, and nobody is called public', () => {
    for (const name of ['public', 'none', 'other']) {
      expect(problemsOf({ API_KEYS: `${name}:sk-a` })).to.have.length(1);
    }
    expect(problemsOf({ API_KEYS: 'alice:sk-a,alice:sk-b' })).to.have.length(1);
    expect(problemsOf({ API_KEYS: 'alice:sk-a,bob:sk-a' })).to.have.length(1);
    expect(problemsOf({ API_KEYS: 'alice:sk-a', DEFAULT_KEY: 'sk-a' })).to.have.length(1);
    expect(problemsOf({ API_KEYS: 'public:sk-a,bob:sk-a,bob:sk-c' })).to.have.length(3);
  });
});

describe('the upstream of a config', () => {
  const WEB = 'https://chat.z.ai/api/chat/completions';
  const API = 'https://api.z.ai/api/paas/v4';
  const own = 'http://localhost:8000/v1';
  const cases: [environment: Record<string, string>, url: string, protocol: string][] = [
    [{}, WEB, 'zai-web'],
    [{ ZAI_TOKEN: 'id.secret' }, API, 'openai'],
    [{ ZAI_TOKEN: 'header.payload.signature' }, WEB, 'zai-web'],
    [{ ZAI_TOKEN: 'no-dots' }, WEB, 'zai-web'],
    [{ ZAI_TOKEN: 'id.secret', UPSTREAM_URL: WEB }, WEB, 'zai-web'],
    [{ ZAI_TOKEN: 'header.payload.signature', UPSTREAM_URL: own }, own, 'openai'],
    [{ UPSTREAM_URL: `${own}/chat/completions` }, `${own}/chat/completions`, 'openai'],
    [{ UPSTREAM_URL: `${API}/chat/completions` }, `${API}/chat/completions`, 'openai'],
    [{ UPSTREAM_URL: `${WEB}/` }, `${WEB}/`, 'zai-web'],
    [{ UPSTREAM_URL: `${WEB}?x=1` }, `${WEB}?x=1`, 'zai-web'],
    [{ UPSTREAM_URL: WEB, UPSTREAM_PROTOCOL: 'openai' }, WEB, 'openai'],
    [{ UPSTREAM_URL: own, UPSTREAM_PROTOCOL: 'zai-web' }, own, 'zai-web'],
  ];
  for (const [environment, url, protocol] of cases) {
    it(`is ${url} by ${protocol} for ${JSON.stringify(environment)}`, () => {
      const [entry] = loadConfig(environment).upstreams;
      expect(entry).to.include({ name: 'default', url, protocol });
    });
  }

  it('gets a token whose kind shows in its form', () => {
    expect(classifyToken(undefined)).to.equal('none');
    expect(classifyToken('id.secret')).to.equal('official-key');
    expect(classifyToken('a.b.c')).to.equal('web-token');
    expect(classifyToken('sk-self-hosted')).to.equal('other');
    expect(classifyToken('.b')).to.equal('other');
  });
});

describe('other settings of a config', () => {
  it('give limits only to names that have a key, once each, and say so beside all other problems', () => {
    const keys = { API_KEYS: 'alice:sk-a,bob:sk-b' };
    expect(problemsOf({ ...keys, RATE_LIMITS: 'alice=1,carol=2,dave=3' })).to.have.length(2);
    expect(problemsOf({ ...keys, RATE_LIMITS: 'public=1' })[0]).to.contain('found the name public');
    expect(problemsOf({ ...keys, RATE_LIMITS: 'bob=1,bob=2' })[0]).to.contain('found the name bob twice');
    expect(problemsOf({ ...keys, RATE_LIMITS: 'carol=1', PORT: 'x' })).to.have.length(2);
  });

  it('take sentinels beside the name of one master only', () => {
    const sentinels = { REDIS_SENTINELS: 'localhost:26379' };
    expect(problemsOf({ ...sentinels })[0]).to.contain('found without REDIS_URL');
    expect(problemsOf({ ...sentinels, REDIS_URL: 'redis://a,redis://b' })[0]).to.contain('several addresses');
    for (const text of ['localhost', 'localhost:0', 'localhost:65536', '::1:26379', 'redis://localhost:1']) {
      const problems = problemsOf({ REDIS_URL: 'redis://mymaster', REDIS_SENTINELS: text });
      expect(problems, text).to.have.length(1);
      expect(problems[0]).to.match(/^REDIS_SENTINELS: found .+; allowed: host:port,host:port/);
    }
  });

  it('map foreign model names to MODEL_NAME unless MODEL_ALIASES says otherwise', () => {
    const [background, ...others] = loadConfig({ MODEL_NAME: 'GLM-4.6' }).modelAliases;
    expect(background).to.deep.equal({ pattern: 'claude-*haiku*', target: 'cheapest' });
    expect(new Set(others.map(({ target }) => target))).to.deep.equal(new Set(['GLM-4.6']));
    expect(loadConfig({ MODEL_ALIASES: 'a=b' }).modelAliases).to.have.length(1);
  });

  it('name only proxies that Express can trust', () => {
    for (const text of [
      '10.0.0.0/8',
      '192.0.2.1/32',
      '::1',
      'fd00::/1',
      '2001:db8::1/128',
      '::ffff:10.0.0.1',
    ]) {
      const { trustProxy } = loadConfig({ TRUST_PROXY: text });
      expect(() => express().set('trust proxy', trustProxy), text).not.to.throw();
    }
  });
});

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
