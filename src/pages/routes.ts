/** Routes of the pages in this folder and of the assets. */
import type { Express } from 'express';
import type { Config } from '../config/config.js';
import type { Verifier } from '../http/find-caller.js';
import { allowOnly } from '../http/middleware/handle-errors.js';
import { VERSION } from '../version.js';
import { loadAssets } from './assets.js';
import { type DocsDeps, docsPage, openapiJson } from './docs.js';
import { type HomeDeps, homePage } from './home.js';
import { notFoundPage } from './not-found.js';
import type { Site } from './page.js';
import { type PlaygroundDeps, playgroundPage } from './playground.js';
import { pagePolicy } from './policy.js';

export interface PageDeps extends HomeDeps, DocsDeps, PlaygroundDeps {
  readonly config: HomeDeps['config'] &
    DocsDeps['config'] &
    PlaygroundDeps['config'] &
    Pick<Config, 'dashboardEnabled'>;
  readonly verifier: Pick<Verifier, 'presence'>;
}

export function addPages(app: Express, deps: PageDeps): void {
  const assets = loadAssets();
  const site: Site = {
    version: VERSION,
    demo: deps.demo,
    dashboardEnabled: deps.config.dashboardEnabled,
    assets,
    hasOwnKeys: () => deps.config.namedKeys.length > 0 || deps.verifier.presence === 'present',
  };
  app.locals.site = site;
  // Views do not change while the process runs.
  app.enable('view cache');
  app.route('/').get(pagePolicy(), homePage(deps)).all(allowOnly('GET', 'HEAD'));
  app.route('/docs').get(pagePolicy(), docsPage(deps)).all(allowOnly('GET', 'HEAD'));
  app.route('/playground').get(pagePolicy(), playgroundPage(deps)).all(allowOnly('GET', 'HEAD'));
  app.route('/openapi.json').get(openapiJson(deps)).all(allowOnly('GET', 'HEAD'));
  app.route('/assets/:file').get(assets.serve).all(allowOnly('GET', 'HEAD'));
}

/** Registers the page for unknown addresses. Call it after all routes. */
export function addNotFoundPage(app: Express): void {
  app.use(pagePolicy(), notFoundPage);
}
