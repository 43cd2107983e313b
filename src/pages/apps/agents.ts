/** Set-ups of coding agents: a file or environment variables for most. */
import type { Site } from '../../openapi/endpoint.js';
import { type AppSetup, pretty, usualSettings } from './setup.js';

/** Limits of GLM-4.5 in tokens. Agents assume larger ones for models that they do not know. */
const CONTEXT = 131_072;
const MAX_ANSWER = 98_304;

export function agents(site: Site): AppSetup[] {
  return [
    claudeCode(site),
    codex(site),
    opencode(site),
    cline(site),
    continueDev(site),
    qwenCode(site),
    zed(site),
    aider(site),
  ];
}

function claudeCode({ origin, model, key }: Site): AppSetup {
  return {
    name: 'Claude Code',
    needs: '/v1/messages',
    where: {
      en: 'In the terminal that it is started from. Do not set `ANTHROPIC_API_KEY` as well. The address has no `/v1`.',
      zh: '在启动它的终端里设置，不要同时设置 `ANTHROPIC_API_KEY`。地址不带 `/v1`。',
    },
    code: [
      `export ANTHROPIC_BASE_URL=${origin}`,
      `export ANTHROPIC_AUTH_TOKEN=${key}`,
      `export ANTHROPIC_MODEL=${model}`,
      `export CLAUDE_CODE_MAX_CONTEXT_TOKENS=${CONTEXT}`,
      'export CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1',
      'claude',
    ].join('\n'),
  };
}

function codex({ origin, model, key }: Site): AppSetup {
  return {
    name: 'Codex',
    needs: '/v1/responses',
    where: {
      en: '`~/.codex/config.toml`; the key goes into the environment variable `ZTOAPI_KEY`.',
      zh: '`~/.codex/config.toml`，密钥放在环境变量 `ZTOAPI_KEY` 里。',
    },
    code: [
      `model = ${JSON.stringify(model)}`,
      'model_provider = "ztoapi"',
      `model_context_window = ${CONTEXT}`,
      '',
      '[model_providers.ztoapi]',
      'name = "ZtoApi"',
      `base_url = "${origin}/v1"`,
      'env_key = "ZTOAPI_KEY"',
      'wire_api = "responses"',
    ].join('\n'),
    shell: startWithKey('codex', key),
  };
}

function opencode({ origin, model, key }: Site): AppSetup {
  return {
    name: 'opencode',
    where: {
      en: '`opencode.json`; the key goes into the environment variable `ZTOAPI_KEY`.',
      zh: '`opencode.json`，密钥放在环境变量 `ZTOAPI_KEY` 里。',
    },
    code: pretty({
      $schema: 'https://opencode.ai/config.json',
      model: `ztoapi/${model}`,
      provider: {
        ztoapi: {
          npm: '@ai-sdk/openai-compatible',
          name: 'ZtoApi',
          options: { baseURL: `${origin}/v1`, apiKey: '{env:ZTOAPI_KEY}' },
          models: { [model]: { name: model, limit: { context: CONTEXT, output: MAX_ANSWER } } },
        },
      },
    }),
    shell: startWithKey('opencode', key),
  };
}

function cline({ origin, model, key }: Site): AppSetup {
  return {
    name: 'Cline / Roo Code',
    where: { en: 'API provider: OpenAI Compatible.', zh: 'API Provider 选 OpenAI Compatible。' },
    settings: usualSettings(`${origin}/v1`, model, key),
  };
}

function continueDev({ origin, model, key }: Site): AppSetup {
  return {
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
      `    apiBase: ${origin}/v1`,
      `    apiKey: ${key}`,
      '    roles: [chat, edit, apply]',
    ].join('\n'),
  };
}

function qwenCode({ origin, model, key }: Site): AppSetup {
  return {
    name: 'Qwen Code',
    where: {
      en: 'With `{ "security": { "auth": { "selectedType": "openai" } } }` in `~/.qwen/settings.json`:',
      zh: '先在 `~/.qwen/settings.json` 写入 `{ "security": { "auth": { "selectedType": "openai" } } }`，然后：',
    },
    code: [
      `export OPENAI_BASE_URL=${origin}/v1`,
      `export OPENAI_API_KEY=${key}`,
      `export OPENAI_MODEL=${model}`,
      'qwen',
    ].join('\n'),
  };
}

function zed({ origin, model, key }: Site): AppSetup {
  const available = { name: model, display_name: model, max_tokens: CONTEXT };
  return {
    name: 'Zed',
    where: {
      en: '`settings.json`; enter the key in Agent settings → LLM providers, or put it into `ZTOAPI_API_KEY`.',
      zh: '`settings.json`，密钥在 Agent 设置 → LLM providers 中填写，或放在 `ZTOAPI_API_KEY` 里。',
    },
    code: pretty({
      language_models: {
        openai_compatible: { ZtoApi: { api_url: `${origin}/v1`, available_models: [available] } },
      },
    }),
    settings: [['API key', key]],
  };
}

function aider({ origin, model, key }: Site): AppSetup {
  return {
    name: 'aider',
    where: { en: 'In a terminal:', zh: '在终端里：' },
    code: [
      `export OPENAI_API_BASE=${origin}/v1`,
      `export OPENAI_API_KEY=${key}`,
      `aider --model openai/${model}`,
    ].join('\n'),
  };
}

/** For agents whose file names the variable that holds the key. */
function startWithKey(command: string, key: string): string {
  return [`export ZTOAPI_KEY=${key}`, command].join('\n');
}
