/** How popular apps, agents and libraries are pointed at this gateway. */
import type { Site } from '../openapi/endpoint.js';

export interface AppSetup {
  readonly name: string;
  /** Where it is set, or what to run, in both languages. */
  readonly where: { readonly en: string; readonly zh: string };
  /** What a form asks for. */
  readonly settings?: readonly (readonly [label: string, value: string])[];
  /** A file, a command or a program. */
  readonly code?: string;
  /** Shown only where the gateway has this endpoint. */
  readonly needs?: string;
}

export function appSetups({ origin, model, key }: Site): AppSetup[] {
  const baseUrl = `${origin}/v1`;
  const form: [string, string][] = [
    ['Base URL', baseUrl],
    ['API key', key],
    ['Model ID', model],
  ];
  return [
    ...chatApps(origin, model, key, form),
    ...agents(origin, model, key, form),
    ...libraries(baseUrl, model, key),
  ];
}

type Settings = NonNullable<AppSetup['settings']>;

function chatApps(origin: string, model: string, key: string, form: Settings): AppSetup[] {
  return [
    {
      name: 'Open WebUI',
      where: {
        en: 'Admin panel → Settings → Connections → OpenAI API → +. Inside Docker, `localhost` is the container itself: use this machine’s name or `host.docker.internal`.',
        zh: '管理员面板 → 设置 → 外部连接 → OpenAI API → +。在 Docker 里 `localhost` 指容器自身，请改用本机名或 `host.docker.internal`。',
      },
      settings: form.slice(0, 2),
    },
    {
      name: 'Cherry Studio',
      where: {
        en: 'Settings → Model provider → Add, of type OpenAI (not OpenAI-Response). It adds `/v1` by itself. Then Manage → pick models.',
        zh: '设置 → 模型服务 → 添加，类型选 OpenAI（不是 OpenAI-Response），`/v1` 会自动补上。然后点“管理”选择模型。',
      },
      settings: [
        ['API host', origin],
        ['API key', key],
      ],
    },
    {
      name: 'Chatbox',
      where: {
        en: 'Settings → Model provider → Add → OpenAI API compatible.',
        zh: '设置 → 模型提供方 → 添加 → OpenAI API 兼容。',
      },
      settings: [
        ['API host', origin],
        ['API path', '/v1/chat/completions'],
        ['API key', key],
        ['Model', model],
      ],
    },
    {
      name: 'LobeChat',
      where: { en: 'Settings → AI service provider → OpenAI.', zh: '设置 → AI 服务商 → OpenAI。' },
      settings: [['API proxy URL', form[0]?.[1] ?? ''], ...form.slice(1)],
    },
  ];
}

function agents(origin: string, model: string, key: string, form: Settings): AppSetup[] {
  const baseUrl = `${origin}/v1`;
  return [
    {
      name: 'Cline / Roo Code',
      where: { en: 'API provider: OpenAI Compatible.', zh: 'API Provider 选 OpenAI Compatible。' },
      settings: form,
    },
    {
      name: 'Continue',
      where: { en: '`~/.continue/config.yaml`', zh: '`~/.continue/config.yaml`' },
      code: [
        'name: ZtoApi',
        'version: 1.0.0',
        'schema: v1',
        'models:',
        `  - name: ${JSON.stringify(model)}`,
        '    provider: openai',
        `    model: ${JSON.stringify(model)}`,
        `    apiBase: ${baseUrl}`,
        `    apiKey: ${key}`,
        '    roles: [chat, edit, apply]',
      ].join('\n'),
    },
    {
      name: 'Claude Code',
      needs: '/v1/messages',
      where: { en: 'In the terminal it is started from:', zh: '在启动它的终端里：' },
      code: [
        `export ANTHROPIC_BASE_URL=${origin}`,
        `export ANTHROPIC_AUTH_TOKEN=${key}`,
        `export ANTHROPIC_MODEL=${model}`,
        'claude',
      ].join('\n'),
    },
    {
      name: 'Codex',
      needs: '/v1/responses',
      where: {
        en: '`~/.codex/config.toml`; the key goes into the environment variable `ZTOAPI_KEY`.',
        zh: '`~/.codex/config.toml`，密钥放在环境变量 `ZTOAPI_KEY` 里。',
      },
      code: [
        `model = ${JSON.stringify(model)}`,
        'model_provider = "ztoapi"',
        '',
        '[model_providers.ztoapi]',
        'name = "ZtoApi"',
        `base_url = "${baseUrl}"`,
        'env_key = "ZTOAPI_KEY"',
        'wire_api = "responses"',
      ].join('\n'),
    },
    {
      name: 'opencode',
      where: { en: '`opencode.json`', zh: '`opencode.json`' },
      code: pretty({
        $schema: 'https://opencode.ai/config.json',
        provider: {
          ztoapi: {
            npm: '@ai-sdk/openai-compatible',
            name: 'ZtoApi',
            options: { baseURL: baseUrl, apiKey: key },
            models: { [model]: { name: model } },
          },
        },
      }),
    },
    {
      name: 'Zed',
      where: {
        en: '`settings.json`; the key is entered in Agent settings → LLM providers.',
        zh: '`settings.json`，密钥在 Agent 设置 → LLM providers 中填写。',
      },
      code: pretty({
        language_models: {
          openai_compatible: {
            ZtoApi: {
              api_url: baseUrl,
              available_models: [{ name: model, display_name: model, max_tokens: 128_000 }],
            },
          },
        },
      }),
    },
    {
      name: 'aider',
      where: { en: 'In a terminal:', zh: '在终端里：' },
      code: [
        `export OPENAI_API_BASE=${baseUrl}`,
        `export OPENAI_API_KEY=${key}`,
        `aider --model openai/${model}`,
      ].join('\n'),
    },
  ];
}

function libraries(baseUrl: string, model: string, key: string): AppSetup[] {
  const name = JSON.stringify(model);
  return [
    {
      name: 'LangChain',
      where: { en: '`pip install langchain-openai`', zh: '`pip install langchain-openai`' },
      code: [
        'from langchain_openai import ChatOpenAI',
        '',
        `model = ChatOpenAI(base_url="${baseUrl}", api_key="${key}", model=${name})`,
        'print(model.invoke("Hello").content)',
      ].join('\n'),
    },
    {
      name: 'Vercel AI SDK',
      where: {
        en: '`npm install ai @ai-sdk/openai-compatible`',
        zh: '`npm install ai @ai-sdk/openai-compatible`',
      },
      code: [
        "import { createOpenAICompatible } from '@ai-sdk/openai-compatible';",
        "import { generateText } from 'ai';",
        '',
        `const ztoapi = createOpenAICompatible({ name: 'ztoapi', baseURL: '${baseUrl}', apiKey: '${key}' });`,
        `const { text } = await generateText({ model: ztoapi(${name}), prompt: 'Hello' });`,
        'console.log(text);',
      ].join('\n'),
    },
  ];
}

function pretty(value: object): string {
  return JSON.stringify(value, null, 2);
}
