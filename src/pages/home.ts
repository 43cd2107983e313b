/** GET /: the start page as HTML, or as JSON for programs. */
import type { Request, Response } from 'express';
import type { Config } from '../config/config.js';
import { getOrigin } from '../http/base-url.js';
import { VERSION } from '../version.js';
import { demoKey, PLACEHOLDER_KEY } from './demo-key.js';
import { showPage } from './page.js';

export interface HomeDeps {
  readonly config: Pick<Config, 'modelName' | 'publicKey'>;
  readonly demo: boolean;
}

export function homePage({ config, demo }: HomeDeps) {
  return (req: Request, res: Response): void => {
    const baseUrl = `${getOrigin(req)}/v1`;
    res.vary('Accept');
    if (req.accepts(['html', 'json']) !== 'html') {
      res.json({ name: 'ZtoApi', version: VERSION, base_url: baseUrl, models: `${baseUrl}/models`, demo });
      return;
    }
    const key = demoKey(config, demo);
    const { modelName } = config;
    showPage(req, res, 'home', { baseUrl, modelName, key, curl: curlLine(baseUrl, modelName, key) });
  };
}

/** A curl command to paste, with the demo's key or a placeholder. */
export function curlLine(baseUrl: string, model: string, key = PLACEHOLDER_KEY): string {
  const body = { model, stream: true, messages: [{ role: 'user', content: 'Hello' }] };
  return [
    `curl -N ${baseUrl}/chat/completions \\`,
    `  -H "Authorization: Bearer ${key}" \\`,
    '  -H "Content-Type: application/json" \\',
    `  -d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`,
  ].join('\n');
}
