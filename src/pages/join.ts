/**
 * GET /join: takes an invite by a button, since chats open links to preview them. The token stays in the fragment. The page
 * comes with all set-ups, and its script puts the key that it receives into them: no server renders it.
 */
import type { Request, Response } from 'express';
import type { Config } from '../config/config.js';
import { getOrigin } from '../http/base-url.js';
import { appSetups } from './apps/apps.js';
import { PLACEHOLDER_KEY } from './demo-key.js';
import { curlLine } from './home.js';
import { languageOf } from './language.js';
import { showPage, textsIn } from './page.js';
import { richText } from './rich-text.js';

export function joinPage({ config }: { readonly config: Pick<Config, 'modelName'> }) {
  return (req: Request, res: Response): void => {
    const site = { origin: getOrigin(req), model: config.modelName, key: PLACEHOLDER_KEY };
    const baseUrl = `${site.origin}/v1`;
    showPage(req, res, 'join', {
      script: textsIn(languageOf(req)).join.script,
      site,
      baseUrl,
      curl: curlLine(baseUrl, site.model),
      apps: appSetups(site),
      richText,
    });
  };
}
