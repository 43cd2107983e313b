/**
 * GET /playground: a page that sends requests from the browser. A key that is typed stays in the page's memory; with a session
 * the field holds its page token, so that whatever an answer contains never meets the key itself.
 */
import type { Request, Response } from 'express';
import type { Config } from '../config/config.js';
import { findSession, type SessionFinder } from '../http/routes/me.js';
import { demoKey } from './demo-key.js';
import { languageOf } from './language.js';
import { showPage, textsIn } from './page.js';
import { examplesFor } from './playground-examples.js';

export interface PlaygroundDeps {
  readonly config: Pick<Config, 'modelName' | 'publicKey' | 'enableThinking' | 'upstreams'>;
  readonly demo: boolean;
  readonly sessions: SessionFinder;
}

export function playgroundPage({ config, demo, sessions }: PlaygroundDeps) {
  return async (req: Request, res: Response): Promise<void> => {
    const texts = textsIn(languageOf(req)).playground;
    const mine = await findMine(sessions, req);
    if (mine !== undefined) res.setHeader('cache-control', 'no-store');
    showPage(req, res, 'playground', {
      modelName: config.modelName,
      enableThinking: config.enableThinking,
      key: demoKey(config, demo),
      mine,
      examples: demo ? examplesFor(config.upstreams[0]?.protocol ?? 'openai', texts.examples) : [],
      script: texts.script,
    });
  };
}

/** @returns `undefined` without a session, and while sessions cannot be read: a key can be typed then */
async function findMine(sessions: SessionFinder, req: Request) {
  const session = await findSession(sessions, req).catch(() => undefined);
  if (session?.pageToken === undefined) return undefined;
  const { managed, configured } = session.owner;
  return { name: managed?.key.name ?? configured?.name, pageToken: session.pageToken };
}
