/** Set-ups of libraries other than the SDKs in the endpoints' samples. */
import type { Site } from '../../openapi/endpoint.js';
import type { AppSetup } from './setup.js';

export function libraries({ origin, model, key }: Site): AppSetup[] {
  const baseUrl = `${origin}/v1`;
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
