/** Set-ups of apps with a settings form. */
import type { Site } from '../../openapi/endpoint.js';
import { type AppSetup, usualSettings } from './setup.js';

export function chatApps({ origin, model, key }: Site): AppSetup[] {
  const form = usualSettings(`${origin}/v1`, model, key);
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
      settings: [['API proxy URL', `${origin}/v1`], ...form.slice(1)],
    },
    {
      name: 'JetBrains AI Assistant',
      where: {
        en: 'Settings → Tools → AI Assistant → Providers & API keys → OpenAI-compatible.',
        zh: 'Settings → Tools → AI Assistant → Providers & API keys → OpenAI-compatible。',
      },
      settings: form,
    },
  ];
}
