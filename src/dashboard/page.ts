/** The frame of the dashboard's pages: one shell, one navigation, and the sections alone for the script that refreshes them. */
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { getOrigin } from '../http/base-url.js';
import { demoKey } from '../pages/demo-key.js';
import { curlLine } from '../pages/home.js';
import { languageOf, queryOf } from '../pages/language.js';
import { showPage } from '../pages/page.js';
import { ApiError } from '../vocabulary/errors.js';
import type { DashboardPageDeps } from './figures.js';
import type { DashboardPage, PageData } from './pages.js';
import { FILTER_PARAMETERS, PATHS } from './query.js';
import { TEXTS } from './texts/texts.js';
import { createUnavailableView } from './view-status.js';

/**
 * Shows pages of the table. While the store is unavailable they say so with status 503, some with the figures of this replica
 * alone, and their script retries.
 */
export class PageFrame {
  constructor(
    private readonly pages: readonly DashboardPage[],
    private readonly deps: Pick<DashboardPageDeps, 'config' | 'demo' | 'readiness'>,
  ) {}

  /** GET PATH: the whole page. */
  page(page: DashboardPage): RequestHandler {
    return (req, res) => this.#show(req, res, 'dashboard', page);
  }

  /** GET PATH/live: the sections that the script replaces. While the store is unavailable: as the page. */
  live(page: DashboardPage): RequestHandler {
    return (req, res) => this.#show(req, res, 'dashboard/live', page);
  }

  async #show(req: Request, res: Response, template: string, page: DashboardPage): Promise<void> {
    const { config, demo, readiness } = this.deps;
    const shared = await readUnlessUnavailable(req, page);
    if (shared === undefined) res.status(503);
    const data = shared ?? (await page.readOwn?.(req));
    const t = TEXTS[languageOf(req)];
    const unavailable = createUnavailableView(t, readiness.degraded(), page.whenAway?.(t));
    showPage(req, res, template, {
      t,
      current: page,
      pages: this.pages,
      status: data?.status ?? unavailable,
      unavailable: data !== undefined && data !== shared ? unavailable : undefined,
      view: data?.view,
      curl: curlLine(`${getOrigin(req)}/v1`, config.modelName, demoKey(config, demo)),
    });
  }
}

async function readUnlessUnavailable(req: Request, page: DashboardPage): Promise<PageData | undefined> {
  try {
    return await page.read(req);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'store_unavailable') return undefined;
    throw error;
  }
}

/** Browsers get the page, programs what they have always got at this address. */
export function pageOrJson(page: RequestHandler, json: RequestHandler): RequestHandler {
  return (req, res, next) => {
    res.vary('Accept');
    return (req.accepts(['json', 'html']) === 'html' ? page : json)(req, res, next);
  };
}

/** Sends filters of requests, which were part of `/dashboard` once, to the page that has them now. */
export function redirectFilters(req: Request, res: Response, next: NextFunction): void {
  const params = queryOf(req);
  if (FILTER_PARAMETERS.some((name) => params.has(name))) res.redirect(`${PATHS.requests}?${params}`);
  else next();
}
