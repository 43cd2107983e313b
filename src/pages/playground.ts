/** GET /playground: a page that sends requests from the browser. The key stays in the page's memory. */
import type { Request, Response } from 'express';
import type { Config } from '../config/config.js';
import { demoKey } from './demo-key.js';
import { languageOf } from './language.js';
import { showPage, textsIn } from './page.js';
import { examplesFor } from './playground-examples.js';

export interface PlaygroundDeps {
  readonly config: Pick<Config, 'modelName' | 'publicKey' | 'enableThinking' | 'upstreams'>;
  readonly demo: boolean;
}

export function playgroundPage({ config, demo }: PlaygroundDeps) {
  return (req: Request, res: Response): void => {
    const texts = textsIn(languageOf(req)).playground;
    showPage(req, res, 'playground', {
      modelName: config.modelName,
      enableThinking: config.enableThinking,
      key: demoKey(config, demo),
      examples: demo ? examplesFor(config.upstreams[0]?.protocol ?? 'openai', texts.examples) : [],
      script: texts.script,
    });
  };
}
