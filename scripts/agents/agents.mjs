// The coding agents that `npm run test:agents` runs: their versions, their settings for the gateway, and their scenarios
// beyond editing a file.
import {
  BACKGROUND_MODEL,
  EDIT,
  MCP_TOOL,
  PATCH,
  PICTURE_AS_TEXT,
  PICTURE_REFUSED,
  PICTURE_SEEN,
  THINKING,
  VIEWED,
  VIEWED_AS_TEXT,
} from './scenarios.mjs';

/**
 * `arguments` and `env` follow docs/clients.md: what a user sets, plus what lets an agent run without a person
 * (approval of edits) and alone (no updates, no telemetry). `files` are relative to the scratch home. `before` runs first.
 * @type {import('./agents.d.mts').Agent[]}
 */
export const AGENTS = [
  {
    id: 'qwen',
    name: 'Qwen Code',
    package: '@qwen-code/qwen-code',
    version: '0.24.4',
    bin: 'qwen',
    path: '/v1/chat/completions',
    scenarios: [EDIT],
    setUp: ({ url, key, model, prompt }) => ({
      files: {
        '.qwen/settings.json': JSON.stringify({
          security: { auth: { selectedType: 'openai' } },
          general: { enableAutoUpdate: false },
          privacy: { usageStatisticsEnabled: false },
        }),
      },
      env: { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: key, OPENAI_MODEL: model },
      arguments: ['--approval-mode', 'auto-edit', prompt],
    }),
  },
  {
    id: 'opencode',
    name: 'opencode',
    package: 'opencode-ai',
    version: '1.18.33',
    bin: 'opencode',
    path: '/v1/chat/completions',
    scenarios: [EDIT],
    setUp: ({ url, key, model, prompt }) => ({
      files: {
        '.config/opencode/opencode.json': JSON.stringify({
          model: `ztoapi/${model}`,
          autoupdate: false,
          share: 'disabled',
          provider: {
            ztoapi: {
              npm: '@ai-sdk/openai-compatible',
              name: 'ZtoApi',
              options: { baseURL: `${url}/v1`, apiKey: '{env:ZTOAPI_KEY}' },
              models: { [model]: { name: model, limit: { context: 131_072, output: 98_304 } } },
            },
          },
        }),
      },
      env: { ZTOAPI_KEY: key, OPENCODE_DISABLE_MODELS_FETCH: '1', OPENCODE_DISABLE_LSP_DOWNLOAD: '1' },
      arguments: ['run', prompt],
    }),
  },
  {
    id: 'continue',
    name: 'Continue',
    package: '@continuedev/cli',
    version: '1.5.47',
    bin: 'cn',
    path: '/v1/chat/completions',
    scenarios: [EDIT],
    setUp: ({ home, url, key, model, prompt }) => ({
      files: {
        '.continue/config.yaml': [
          'name: ZtoApi',
          'version: 1.0.0',
          'schema: v1',
          'models:',
          `  - name: ${model}`,
          '    provider: openai',
          `    model: ${model}`,
          `    apiBase: ${url}/v1`,
          `    apiKey: ${key}`,
          '    roles: [chat, edit, apply]',
        ].join('\n'),
      },
      env: { CONTINUE_TELEMETRY_ENABLED: '0' },
      arguments: ['--config', `${home}/.continue/config.yaml`, '--auto', '-p', prompt],
    }),
  },
  {
    id: 'cline',
    name: 'Cline',
    package: 'cline',
    version: '3.0.65',
    bin: 'cline',
    path: '/v1/chat/completions',
    scenarios: [EDIT],
    setUp: ({ url, key, model, prompt }) => ({
      // Without its daemon, which would outlive the run.
      env: { CLINE_SESSION_BACKEND_MODE: 'local' },
      before: [
        'auth',
        '--provider',
        'openai-compatible',
        '--baseurl',
        `${url}/v1`,
        '--apikey',
        key,
        '--modelid',
        model,
      ],
      arguments: ['--provider', 'openai-compatible', '--model', model, prompt],
    }),
  },
  {
    id: 'claude',
    name: 'Claude Code',
    package: '@anthropic-ai/claude-code',
    version: '2.1.330',
    bin: 'claude',
    path: '/v1/messages',
    scenarios: [EDIT, PICTURE_AS_TEXT, PICTURE_REFUSED, PICTURE_SEEN, THINKING, BACKGROUND_MODEL],
    setUp: ({ url, key, model, prompt, isFollowUp }) => ({
      env: {
        ANTHROPIC_BASE_URL: url,
        ANTHROPIC_AUTH_TOKEN: key,
        ANTHROPIC_MODEL: model,
        CLAUDE_CODE_MAX_CONTEXT_TOKENS: '131072',
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        DISABLE_AUTOUPDATER: '1',
      },
      arguments: [
        ...(isFollowUp ? ['--continue'] : []),
        '--permission-mode',
        'acceptEdits',
        '--print',
        prompt,
      ],
    }),
  },
  {
    id: 'codex',
    name: 'Codex',
    package: '@openai/codex',
    version: '0.169.0',
    bin: 'codex',
    path: '/v1/responses',
    scenarios: [EDIT, VIEWED_AS_TEXT, VIEWED, MCP_TOOL, PATCH],
    setUp: ({ url, key, model, prompt, mcpServer }) => ({
      files: {
        '.codex/config.toml': [
          `model = "${model}"`,
          'model_provider = "ztoapi"',
          'model_context_window = 131072',
          'check_for_update_on_startup = false',
          '[model_providers.ztoapi]',
          'name = "ZtoApi"',
          `base_url = "${url}/v1"`,
          'env_key = "ZTOAPI_KEY"',
          'wire_api = "responses"',
          '[analytics]',
          'enabled = false',
          ...(mcpServer
            ? [
                `[mcp_servers.${mcpServer.name}]`,
                `command = ${JSON.stringify(mcpServer.command)}`,
                `args = ${JSON.stringify(mcpServer.args)}`,
              ]
            : []),
        ].join('\n'),
      },
      env: { ZTOAPI_KEY: key },
      // Its sandbox needs rights that containers seldom have. The one command that it runs edits the scratch file.
      arguments: ['exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', prompt],
    }),
  },
];

/** Several agents need a newer Node than the gateway. npm has it as a package. */
export const NODE = { id: 'node', package: 'node', version: '24.21.0' };
