/** Variables about clients: who may call, where the gateway listens, and how often it may be asked. */
import {
  count,
  duration,
  keyList,
  limitList,
  originList,
  port,
  proxies,
  publicAddress,
  rateLimit,
  secret,
  size,
  text,
} from '../value-kinds.js';
import type { Section } from './variable.js';

/** Counts where neither DEFAULT_KEY nor API_KEYS is set. */
export const WELL_KNOWN_KEY = 'sk-your-key';

export const ACCESS = {
  title: { en: 'Who may call', zh: '谁可以调用' },
  variables: {
    DEFAULT_KEY: {
      field: 'defaultKey',
      kind: secret,
      isSecret: true,
      whenUnset: {
        en: `\`${WELL_KNOWN_KEY}\`, or no public key if \`API_KEYS\` is set`,
        zh: `\`${WELL_KNOWN_KEY}\`；设置了 \`API_KEYS\` 时没有公共密钥`,
      },
      meaning: { en: 'The public key, shared by everybody.', zh: '公共密钥，供所有人使用。' },
    },
    API_KEYS: {
      field: 'namedKeys',
      kind: keyList,
      isSecret: true,
      meaning: {
        en: 'Keys of team members, as `name:key,name:key`; the dashboard and the log show the name, never the key.',
        zh: '团队成员的密钥，写作 `name:key,name:key`；仪表盘和日志只显示名字，从不显示密钥。',
      },
    },
  },
} as const satisfies Section;

export const LISTENING = {
  title: { en: 'Listening', zh: '监听' },
  variables: {
    PORT: {
      field: 'port',
      kind: port,
      default: '9090',
      meaning: {
        en: 'The port for clients; `0` means any free port.',
        zh: '面向客户端的端口；`0` 表示任意空闲端口。',
      },
    },
    HOST: {
      field: 'host',
      kind: text,
      default: '0.0.0.0',
      meaning: {
        en: 'The address for clients: `0.0.0.0` is every network interface, `127.0.0.1` this machine only.',
        zh: '面向客户端的监听地址：`0.0.0.0` 为所有网络接口，`127.0.0.1` 为仅限本机。',
      },
    },
    TRUST_PROXY: {
      field: 'trustProxy',
      kind: proxies,
      default: '0',
      meaning: {
        en: 'How many proxies stand in front of the gateway, or their addresses and networks, comma-separated.',
        zh: '网关前面有几层代理，或这些代理的地址和网段（用逗号分隔）。',
      },
    },
    PUBLIC_URL: {
      field: 'publicUrl',
      kind: publicAddress,
      whenUnset: { en: 'the address in the request', zh: '请求中的地址' },
      meaning: {
        en: 'The gateway’s address in pages and set-ups, such as `https://ai.example.com`.',
        zh: '页面和配置示例中显示的网关地址，例如 `https://ai.example.com`。',
      },
    },
    CORS_ORIGINS: {
      field: 'corsOrigins',
      kind: originList,
      whenUnset: {
        en: `all; with the key \`${WELL_KNOWN_KEY}\` only pages of this machine and of \`PUBLIC_URL\``,
        zh: `全部；密钥是 \`${WELL_KNOWN_KEY}\` 时只允许本机网页和 \`PUBLIC_URL\` 的网页`,
      },
      meaning: {
        en: 'Web origins whose pages may call the API, comma-separated, or `*` for all; cookies are never involved.',
        zh: '允许调用接口的网页来源，用逗号分隔，`*` 为全部；一律不带 cookie。',
      },
    },
    BODY_LIMIT: {
      field: 'bodyLimitBytes',
      kind: size,
      default: '10mb',
      meaning: {
        en: 'The largest request body, such as `500kb` or `10mb`.',
        zh: '请求体大小上限，例如 `500kb` 或 `10mb`。',
      },
    },
    REQUEST_TIMEOUT: {
      field: 'requestTimeoutMs',
      kind: duration,
      default: '300000',
      meaning: {
        en: 'How long a client may take to send a whole request; its headers have at most 30 s of it.',
        zh: '客户端发完整个请求的时限；其中请求头最多 30 秒。',
      },
    },
    KEEP_ALIVE_TIMEOUT: {
      field: 'keepAliveTimeoutMs',
      kind: duration,
      default: '75000',
      meaning: {
        en: 'How long a client’s idle connection is kept: longer than a proxy in front keeps it (Caddy: `130000`, Google Cloud: `620000`).',
        zh: '客户端空闲连接的保留时间：须长于前置代理的保留时间（Caddy：`130000`，Google Cloud：`620000`）。',
      },
    },
  },
} as const satisfies Section;

export const LIMITS = {
  title: { en: 'Limits', zh: '限额' },
  variables: {
    PUBLIC_RATE_LIMIT: {
      field: 'publicRateLimit',
      kind: rateLimit,
      default: '60',
      meaning: {
        en: 'The limit of the public key for each client address; `0` means no limit.',
        zh: '公共密钥对每个客户端地址的限额；`0` 表示不限。',
      },
    },
    PUBLIC_RATE_LIMIT_TOTAL: {
      field: 'publicRateLimitTotal',
      kind: rateLimit,
      default: '600',
      meaning: {
        en: 'The limit of the public key for all its callers together; `0` means no limit.',
        zh: '公共密钥对所有调用者合计的限额；`0` 表示不限。',
      },
    },
    RATE_LIMIT: {
      field: 'rateLimit',
      kind: rateLimit,
      default: '120',
      meaning: {
        en: 'The limit of each key of `API_KEYS` and of each managed key; `0` means no limit.',
        zh: '`API_KEYS` 中每个密钥和每个受管密钥的限额；`0` 表示不限。',
      },
    },
    RATE_LIMITS: {
      field: 'rateLimits',
      kind: limitList,
      meaning: {
        en: 'Other limits for some keys of `API_KEYS`, as `name=number,name=number`.',
        zh: '`API_KEYS` 中个别密钥的限额，写作 `name=number,name=number`。',
      },
    },
    RATE_LIMIT_TOTAL: {
      field: 'rateLimitTotal',
      kind: rateLimit,
      default: '0',
      meaning: {
        en: 'The limit of the whole gateway: all keys and callers together; `0` means no limit.',
        zh: '整个网关的限额，所有密钥和调用者合计；`0` 表示不限。',
      },
    },
    QUEUE_STREAM_TIMEOUT: {
      field: 'queueStreamTimeoutMs',
      kind: duration,
      default: '300000',
      meaning: {
        en: 'How long a stream may wait for a slot of the upstream; then 429 `queue_timeout`.',
        zh: '流式请求等待上游并发名额的时限，超过则返回 429 `queue_timeout`。',
      },
    },
    QUEUE_TIMEOUT: {
      field: 'queueTimeoutMs',
      kind: duration,
      default: '60000',
      meaning: {
        en: 'The same for answers that are not streamed: nothing can be sent while they wait.',
        zh: '非流式请求的同一时限：等待期间无法发送任何内容。',
      },
    },
    QUEUE_LIMIT: {
      field: 'queueLimit',
      kind: count,
      default: '100',
      meaning: {
        en: 'How many requests of one key may wait; the next get 429 `queue_full` at once.',
        zh: '每个密钥可以排队的请求数，超过的立即得到 429 `queue_full`。',
      },
    },
    QUEUE_LIMIT_TOTAL: {
      field: 'queueLimitTotal',
      kind: count,
      default: '1000',
      meaning: { en: 'The same for all keys together.', zh: '全部密钥合计的同一上限。' },
    },
    QUEUE_RESERVE: {
      field: 'queueReserve',
      kind: count,
      default: '0',
      meaning: {
        en: 'Slots that batch requests (`service_tier: "flex"`) leave free for others. People wait less, but a kept slot is idle much of the time.',
        zh: '批量请求（`service_tier: "flex"`）为其他请求留出的名额。人等得更少，但留出的名额大部分时间空闲。',
      },
    },
  },
} as const satisfies Section;
