/** Variables about operation: the data folder, Redis, the end of a replica, the dashboard, metrics and the log. */
import {
  addressList,
  alertWebhooks,
  budgetList,
  delay,
  duration,
  flag,
  folder,
  keptDays,
  oneOf,
  passphrase,
  plainName,
  port,
  redisUrls,
  text,
  timeZone,
} from '../value-kinds.js';
import type { Section } from './variable.js';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export const DATA = {
  title: { en: 'What outlives a restart', zh: '重启后保留的数据' },
  variables: {
    DATA_DIR: {
      field: 'dataDir',
      kind: folder,
      default: './data',
      meaning: {
        en: 'The folder of a gateway without Redis for what outlives it: members and keys, figures, latest requests, kept responses, learnt limits, the dashboard’s password; `none` keeps nothing.',
        zh: '不使用 Redis 的网关存放重启后保留内容的文件夹：成员和密钥、统计、最近请求、保留的回答、学到的限额、仪表盘密码；`none` 表示不保留。',
      },
    },
  },
} as const satisfies Section;

export const USAGE = {
  title: { en: 'Usage and money', zh: '用量与费用' },
  variables: {
    TIME_ZONE: {
      field: 'timeZone',
      kind: timeZone,
      default: 'UTC',
      meaning: {
        en: 'The time zone of days, weeks and months, such as `Asia/Shanghai` or `Europe/Berlin`.',
        zh: '天、周、月所按的时区，例如 `Asia/Shanghai` 或 `Europe/Berlin`。',
      },
    },
    BUDGETS: {
      field: 'budgets',
      kind: budgetList,
      meaning: {
        en: 'Budgets of keys of `API_KEYS`, and of `DEFAULT_KEY` as `public`: `public=5/day,alice=2000000tokens/month`.',
        zh: '`API_KEYS` 中各密钥的预算，`DEFAULT_KEY` 写作 `public`：`public=5/day,alice=2000000tokens/month`。',
      },
    },
    PRICES: {
      field: 'prices',
      kind: text,
      whenUnset: { en: 'Z.ai’s list prices', zh: 'Z.ai 的标价' },
      meaning: {
        en: 'A JSON file of prices by model, with the fields of LiteLLM’s public map and a `currency` (`USD` or `CNY`).',
        zh: '按模型列出价格的 JSON 文件，字段与 LiteLLM 的公开价格表相同，另有 `currency`（`USD` 或 `CNY`）。',
      },
    },
  },
} as const satisfies Section;

export const REPLICAS = {
  title: { en: 'Several replicas', zh: '多个副本' },
  variables: {
    REDIS_URL: {
      field: 'redisUrls',
      kind: redisUrls,
      whenUnset: { en: 'the gateway runs alone', zh: '网关单独运行' },
      meaning: {
        en: 'The Redis that replicas share: `redis://[user:password@]host[:port][/db]` or `rediss://…`; several of a Redis Cluster, comma-separated.',
        zh: '各副本共享的 Redis：`redis://[user:password@]host[:port][/db]` 或 `rediss://…`；Redis Cluster 可写多个，用逗号分隔。',
      },
    },
    REDIS_SENTINELS: {
      field: 'redisSentinels',
      kind: addressList,
      meaning: {
        en: 'Sentinels, as `host:port,host:port`; the host in `REDIS_URL` is then the name of the master.',
        zh: 'Sentinel，写作 `host:port,host:port`；此时 `REDIS_URL` 里的主机名是 master 的名称。',
      },
    },
    REDIS_PREFIX: {
      field: 'redisPrefix',
      kind: plainName,
      default: 'ztoapi:v1:',
      meaning: { en: 'The beginning of every key in Redis.', zh: 'Redis 中每个键的前缀。' },
    },
    REDIS_TIMEOUT: {
      field: 'redisTimeoutMs',
      kind: duration,
      default: '500',
      meaning: { en: 'The limit for one reply of Redis.', zh: '等待 Redis 一次应答的时限。' },
    },
    REDIS_REQUIRED: {
      field: 'redisRequired',
      kind: flag,
      default: 'true',
      meaning: {
        en: 'Whether the start fails if Redis cannot be used within 10 s.',
        zh: '启动时 Redis 10 秒内不可用是否算启动失败。',
      },
    },
    DRAIN_DELAY: {
      field: 'drainDelayMs',
      kind: delay,
      default: '0',
      meaning: {
        en: 'After SIGTERM, SIGINT or SIGHUP: how long the gateway serves on while `/readyz` says 503.',
        zh: '收到 SIGTERM、SIGINT 或 SIGHUP 后继续服务多久（此时 `/readyz` 返回 503）。',
      },
    },
    DRAIN_TIMEOUT: {
      field: 'drainTimeoutMs',
      kind: delay,
      default: '300000',
      meaning: {
        en: 'How long open streams may take to finish after that.',
        zh: '此后等待流式回答完成多久。',
      },
    },
  },
} as const satisfies Section;

export const WATCHING = {
  title: { en: 'Watching', zh: '监控' },
  variables: {
    DASHBOARD_ENABLED: {
      field: 'dashboardEnabled',
      kind: flag,
      default: 'true',
      meaning: { en: 'Whether there is a dashboard at `/dashboard`.', zh: '是否启用 `/dashboard` 仪表盘。' },
    },
    DASHBOARD_PASSWORD: {
      field: 'dashboardPassword',
      kind: passphrase,
      isSecret: true,
      whenUnset: {
        en: 'this machine needs none, all others the admin’s; where there is no admin’s, one is made and printed',
        zh: '本机可直接访问，其他机器使用管理员密码；没有管理员密码时自动生成并打印一个',
      },
      meaning: {
        en: 'A password that opens the dashboard only, with any user name.',
        zh: '只用于打开仪表盘的密码，用户名任意。',
      },
    },
    ADMIN_PASSWORD: {
      field: 'adminPassword',
      kind: passphrase,
      isSecret: true,
      whenUnset: {
        en: 'one is made at the first start and printed once, unless nothing outlives the gateway (`DATA_DIR=none` without Redis)',
        zh: '首次启动时自动生成并只打印一次；没有任何持久数据（未用 Redis 且 `DATA_DIR=none`）时除外',
      },
      meaning: {
        en: 'The password of whoever manages members and keys at run time; it opens the dashboard, too.',
        zh: '运行时管理成员和密钥的密码，也能打开仪表盘。',
      },
    },
    HISTORY_DAYS: {
      field: 'historyDays',
      kind: keptDays,
      default: '14',
      meaning: {
        en: 'How long requests can be looked up: of each hour the newest 200, the 50 slowest and up to 100 failures, without prompts and answers; client addresses for 24 hours at most; `0` keeps none. A day of steady traffic takes up to 8 MB of Redis.',
        zh: '可查询历史请求的天数：每小时保留最新的 200 个、最慢的 50 个和最多 100 个失败的请求，不含提示词和回答；客户端地址最多保留 24 小时；`0` 表示不保留。流量持续时每天最多占 Redis 8 MB。',
      },
    },
    ALERT_WEBHOOK: {
      field: 'alertReceivers',
      kind: alertWebhooks,
      isSecret: true,
      whenUnset: { en: 'no alerts', zh: '不发送告警' },
      meaning: {
        en: 'Where alerts and the weekly digest are posted: addresses of Slack, Feishu, DingTalk or WeCom robots, or any other `https` address for JSON, separated by commas. A form can stand before the address (`slack+https://…`), the secret that signs for DingTalk and Feishu behind it (`#secret=…`).',
        zh: '告警和每周摘要的发送地址：Slack、飞书、钉钉或企业微信机器人，或接收 JSON 的其他 `https` 地址，用逗号分隔。地址前可写明格式（`slack+https://…`），钉钉和飞书的签名密钥写在地址后（`#secret=…`）。',
      },
    },
    ALERT_LANGUAGE: {
      field: 'alertLanguage',
      kind: oneOf(['en', 'zh']),
      default: 'en',
      meaning: {
        en: 'The language of alerts and of the weekly digest: `en` or `zh`.',
        zh: '告警和每周摘要的语言：`en` 或 `zh`。',
      },
    },
    METRICS_HOST: {
      field: 'metricsHost',
      kind: text,
      default: '127.0.0.1',
      meaning: { en: 'The address for Prometheus metrics.', zh: 'Prometheus 指标的监听地址。' },
    },
    METRICS_PORT: {
      field: 'metricsPort',
      kind: port,
      whenUnset: { en: 'no metrics', zh: '不提供指标' },
      meaning: {
        en: 'The port for Prometheus metrics at `/metrics`; `0` means any free port, named in the log.',
        zh: '在 `/metrics` 提供 Prometheus 指标的端口；`0` 表示任意空闲端口，日志会说明是哪个。',
      },
    },
    METRICS_KEYS: {
      field: 'metricsKeys',
      kind: flag,
      default: 'false',
      meaning: {
        en: 'Whether metrics also count requests and tokens by key name: up to 200 names, further ones together as `other`.',
        zh: '指标是否也按密钥名称统计请求和 Token：最多 200 个名称，其余合并为 `other`。',
      },
    },
    DEBUG_MODE: {
      field: 'debugMode',
      kind: flag,
      default: 'true',
      meaning: {
        en: 'Whether the log is made for people (`true`) or has JSON lines (`false`).',
        zh: '日志便于阅读（`true`）还是每行一个 JSON（`false`）。',
      },
    },
    LOG_LEVEL: {
      field: 'logLevel',
      kind: oneOf(LOG_LEVELS),
      default: 'info',
      meaning: {
        en: `${LOG_LEVELS.map((level) => `\`${level}\``).join(', ')}; \`info\` has one line for each request.`,
        zh: `${LOG_LEVELS.map((level) => `\`${level}\``).join('、')}；\`info\` 为每个请求记一行。`,
      },
    },
  },
} as const satisfies Section;
