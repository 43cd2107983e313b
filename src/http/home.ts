/** GET /: a small page (or JSON) that tells where everything is. */
import type { Request, Response } from 'express';
import type { Config } from '../config.js';
import { VERSION } from '../version.js';

export interface HomeDeps {
  readonly config: Pick<Config, 'modelName'>;
  readonly demo: boolean;
}

export function homePage({ config, demo }: HomeDeps) {
  return (req: Request, res: Response): void => {
    const baseUrl = `${req.protocol}://${req.get('host') ?? 'localhost'}/v1`;
    const about = { name: 'ZtoApi', version: VERSION, base_url: baseUrl, models: `${baseUrl}/models`, demo };
    res.vary('Accept');
    if (req.accepts(['html', 'json']) !== 'html') {
      res.json(about);
      return;
    }
    res.render('home', { ...about, baseUrl, modelName: config.modelName });
  };
}
