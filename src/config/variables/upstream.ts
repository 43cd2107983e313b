/** Variables about the upstream: how it is asked, for which models, and how its answers are passed on. */
import { VERSION } from '../../version.js';
import {
  delay,
  duration,
  flag,
  nameList,
  oneOf,
  pairList,
  plainName,
  proxyUrl,
  secret,
  slots,
  text,
  url,
} from '../value-kinds.js';
import type { Section } from './variable.js';

export const WEB_URL = 'https://chat.z.ai/api/chat/completions';
export const API_URL = 'https://api.z.ai/api/paas/v4';

/** Agents name it for background calls. `cheapest`: see upstream/model-catalog.ts. */
export const BACKGROUND_ALIAS = { pattern: 'claude-*haiku*', target: 'cheapest' } as const;
/** Names of other vendors' models, which stand for MODEL_NAME. */
export const FOREIGN_MODELS = ['gpt-*', 'chatgpt-*', 'o1*', 'o3*', 'o4*', 'claude-*'] as const;

/** What an upstream speaks; src/upstream/create-upstream.ts has a provider for each. */
export const UPSTREAM_PROTOCOLS = ['zai-web', 'openai'] as const;

export const THINKING_OUTPUTS = ['reasoning_content', 'think', 'strip', 'raw', 'hide'] as const;

const foreignModels = FOREIGN_MODELS.map((pattern) => `\`${pattern}\``);

export const UPSTREAM = {
  title: { en: 'The upstream', zh: '上游' },
  variables: {
    ZAI_TOKEN: {
      field: 'zaiToken',
      kind: secret,
      isSecret: true,
      whenUnset: {
        en: 'a guest of Z.ai’s web chat for each conversation',
        zh: '每个会话使用一个 Z.ai 网页版访客',
      },
      meaning: {
        en: 'The credential for the upstream: an official API key, your own token of the web chat, or a self-hosted server’s key.',
        zh: '访问上游的凭据：官方 API key、你自己的网页版令牌，或自建服务的密钥。',
      },
    },
    UPSTREAM_URL: {
      field: 'upstreamUrl',
      kind: url,
      whenUnset: {
        en: `\`${WEB_URL}\`, or \`${API_URL}\` if \`ZAI_TOKEN\` is an official key`,
        zh: `\`${WEB_URL}\`；\`ZAI_TOKEN\` 是官方 key 时为 \`${API_URL}\``,
      },
      meaning: {
        en: 'The upstream’s address: a base or a full path.',
        zh: '上游的地址：基础地址或完整路径。',
      },
    },
    UPSTREAM_PROTOCOL: {
      field: 'upstreamProtocol',
      kind: oneOf(['auto', ...UPSTREAM_PROTOCOLS]),
      default: 'auto',
      meaning: {
        en: '`zai-web`, `openai` or `auto`: a path that ends in `/api/chat/completions` is the web chat, all else speaks OpenAI.',
        zh: '`zai-web`、`openai` 或 `auto`：路径以 `/api/chat/completions` 结尾的是网页版，其余按 OpenAI 协议。',
      },
    },
    UPSTREAMS_FILE: {
      field: 'upstreamsFile',
      kind: text,
      meaning: {
        en: 'A YAML file of several upstreams and credentials, in place of `ZAI_TOKEN`, `UPSTREAM_URL`, `UPSTREAM_PROTOCOL` and `UPSTREAM_MODEL`.',
        zh: '多个上游和凭据的 YAML 文件，代替 `ZAI_TOKEN`、`UPSTREAM_URL`、`UPSTREAM_PROTOCOL` 和 `UPSTREAM_MODEL`。',
      },
    },
    CONNECT_TIMEOUT: {
      field: 'connectTimeoutMs',
      kind: duration,
      default: '10000',
      meaning: { en: 'The limit for connecting to the upstream.', zh: '连接上游的时限。' },
    },
    FIRST_BYTE_TIMEOUT: {
      field: 'firstByteTimeoutMs',
      kind: duration,
      default: '60000',
      meaning: { en: 'The limit for the first byte of an answer.', zh: '等待回答第一个字节的时限。' },
    },
    IDLE_TIMEOUT: {
      field: 'idleTimeoutMs',
      kind: duration,
      default: '300000',
      meaning: {
        en: 'The limit between two reads of an answer; a whole answer has no limit.',
        zh: '一个回答两次读取之间的时限；整个回答没有总时限。',
      },
    },
    UPSTREAM_SLOTS: {
      field: 'upstreamSlots',
      kind: slots,
      default: 'auto',
      meaning: {
        en: 'How many requests the upstream answers at a time, for each model: a number, `auto` (no limit until its first refusal, code 1302, then learnt) or `unlimited`.',
        zh: '上游对每个模型同时处理的请求数：一个数字、`auto`（首次被拒绝（代码 1302）之前不限，之后自动学习）或 `unlimited`。',
      },
    },
    HTTPS_PROXY: {
      field: 'httpsProxy',
      kind: proxyUrl,
      hasLowerCaseName: true,
      meaning: {
        en: 'The proxy for an `https` upstream, as `http://[user:password@]host[:port]`; `https_proxy` counts as well.',
        zh: '请求 `https` 上游所用的代理，写作 `http://[user:password@]host[:port]`；`https_proxy` 同样有效。',
      },
    },
    HTTP_PROXY: {
      field: 'httpProxy',
      kind: proxyUrl,
      hasLowerCaseName: true,
      meaning: {
        en: 'The proxy for an `http` upstream; `http_proxy` counts as well.',
        zh: '请求 `http` 上游所用的代理；`http_proxy` 同样有效。',
      },
    },
    NO_PROXY: {
      field: 'noProxy',
      kind: nameList,
      hasLowerCaseName: true,
      meaning: {
        en: 'Upstreams that are asked directly: names, addresses or networks, comma-separated, or `*`; `no_proxy` counts as well.',
        zh: '直连的上游：主机名、地址或网段，用逗号分隔，或 `*`；`no_proxy` 同样有效。',
      },
    },
    UPSTREAM_FE_VERSION: {
      field: 'upstreamFeVersion',
      kind: text,
      default: 'prod-fe-1.0.70',
      meaning: {
        en: 'The `X-FE-Version` header for the web chat.',
        zh: '发给网页版的 `X-FE-Version` 请求头。',
      },
    },
    UPSTREAM_USER_AGENT: {
      field: 'upstreamUserAgent',
      kind: text,
      default: `ZtoApi/${VERSION}`,
      whenUnset: { en: '`ZtoApi/VERSION`', zh: '`ZtoApi/VERSION`' },
      meaning: { en: 'The `User-Agent` header for the upstream.', zh: '请求上游时的 `User-Agent` 请求头。' },
    },
  },
} as const satisfies Section;

export const MODELS = {
  title: { en: 'Models', zh: '模型' },
  variables: {
    MODEL_NAME: {
      field: 'modelName',
      kind: plainName,
      default: 'GLM-4.5',
      meaning: {
        en: 'The default model, listed first; may be a name of your own.',
        zh: '默认模型，排在列表首位；可以是自定义的名称。',
      },
    },
    UPSTREAM_MODEL: {
      field: 'upstreamModel',
      kind: plainName,
      whenUnset: {
        en: '`MODEL_NAME`; if the upstream does not know it, `GLM-4.5` on Z.ai and the first listed model elsewhere',
        zh: '`MODEL_NAME`；上游没有这个名称时，Z.ai 用 `GLM-4.5`，其他上游用列表中的第一个模型',
      },
      meaning: { en: 'The upstream’s model for `MODEL_NAME`.', zh: '`MODEL_NAME` 在上游对应的模型。' },
    },
    MODEL_ALIASES: {
      field: 'modelAliases',
      kind: pairList,
      whenUnset: {
        en: `\`${BACKGROUND_ALIAS.pattern}=${BACKGROUND_ALIAS.target}\`; ${foreignModels.join(', ')} stand for \`MODEL_NAME\``,
        zh: `\`${BACKGROUND_ALIAS.pattern}=${BACKGROUND_ALIAS.target}\`；${foreignModels.join('、')} 对应 \`MODEL_NAME\``,
      },
      meaning: {
        en: 'Other names that clients may send, as `name=model,name=model`; a name may hold `*`, and the first match counts.',
        zh: '客户端可以使用的其他名称，写作 `name=model,name=model`；名称里可以用 `*`，以第一个匹配为准。',
      },
    },
  },
} as const satisfies Section;

export const ANSWERS = {
  title: { en: 'Answers', zh: '回答' },
  variables: {
    ENABLE_THINKING: {
      field: 'enableThinking',
      kind: flag,
      default: 'false',
      meaning: {
        en: 'Whether the model thinks, for requests that do not say.',
        zh: '请求没有指明时，模型是否思考。',
      },
    },
    THINKING_OUTPUT: {
      field: 'thinkingOutput',
      kind: oneOf(THINKING_OUTPUTS),
      default: 'reasoning_content',
      meaning: {
        en: 'Where chat completions show thinking: `reasoning_content` (a field), `think` (in tags), `strip` (without tags), `raw` (the upstream’s tags), `hide` (nowhere, in any protocol).',
        zh: 'chat completions 的思考内容放在哪里：`reasoning_content`（单独字段）、`think`（标签内）、`strip`（不带标签）、`raw`（上游原有标签）、`hide`（所有接口都不显示）。',
      },
    },
    DEFAULT_STREAM: {
      field: 'defaultStream',
      kind: oneOf(['true', 'always', 'false']),
      default: 'true',
      meaning: {
        en: 'Whether requests without `stream` get a stream: `true` (only curl, wget and HTTPie), `always` or `false`.',
        zh: '请求没有写 `stream` 时是否流式回答：`true`（仅 curl、wget 和 HTTPie）、`always` 或 `false`。',
      },
    },
    RESPONSES_TTL: {
      field: 'responsesTtlMs',
      kind: delay,
      whenUnset: {
        en: '`3600000` ms; for the key `sk-your-key` `0`',
        zh: '`3600000` 毫秒；对密钥 `sk-your-key` 为 `0`',
      },
      meaning: {
        en: 'How long a response is kept after its last use, sealed with the client’s own key, for `previous_response_id` and references to items; `0` keeps none.',
        zh: '回答在最后一次使用后保留多久，用客户端自己的密钥加密，供 `previous_response_id` 和条目引用使用；`0` 表示不保留。',
      },
    },
  },
} as const satisfies Section;
