/**
 * The dashboard's pages, in the order of its navigation. Adding one: a row here, its label in `texts/` under `pages`, and
 * `views/dashboard/pages/ID.ejs`, whose elements with `data-live` are kept fresh.
 */
import type { Request } from 'express';
import { languageOf } from '../pages/language.js';
import { readEventsView } from './events.js';
import { type DashboardPageDeps, readFigures, readOwnFigures, readStatus } from './figures.js';
import { readHistoryView } from './history.js';
import { PATHS } from './query.js';
import { readTeamPage, type TeamPageDeps } from './team.js';
import type { DashboardTexts } from './texts/texts.js';
import { readUsageView, type UsageDeps } from './usage.js';
import type { StatusView } from './view-status.js';

/** What a page shows. Reading may reject with an ApiError: `store_unavailable` shows the page without its view. */
export interface PageData {
  /** The gateway's status, above every page. */
  readonly status: StatusView;
  /** The variable `view` of the page's EJS file. */
  readonly view: object;
}

export interface DashboardPage {
  readonly id: keyof DashboardTexts['pages'];
  /** Its sections alone are at `PATH/live`. */
  readonly path: string;
  readonly read: (req: Request) => Promise<PageData>;
  /** Reads what the page shows while the store is away, `undefined` if it shows nothing then. */
  readonly readOwn?: (req: Request) => Promise<PageData | undefined>;
  /** What else the status says while the store is away. */
  readonly whenAway?: (t: DashboardTexts) => string;
  /** Files of the page in `views/assets/`, besides those of all pages. */
  readonly styles?: readonly string[];
  readonly scripts?: readonly string[];
}

export function createPages(deps: DashboardPageDeps & TeamPageDeps & UsageDeps): DashboardPage[] {
  const read = (req: Request) => readFigures(req, deps);
  const readOwn = (req: Request) => readOwnFigures(req, deps);
  return [
    { id: 'overview', path: PATHS.overview, read, readOwn },
    { id: 'requests', path: PATHS.requests, read: (req) => readRequests(req, deps), readOwn },
    {
      id: 'team',
      path: PATHS.team,
      read: (req) => readTeamPage(req, deps),
      whenAway: (t) => t.team.away,
      styles: ['team.css'],
      scripts: ['team.js'],
    },
    { id: 'usage', path: PATHS.usage, read: (req) => readUsage(req, deps) },
    { id: 'upstreams', path: PATHS.upstreams, read },
    {
      id: 'events',
      path: PATHS.events,
      scripts: ['dashboard-alerts.js'],
      read: (req) => readEvents(req, deps),
    },
  ];
}

async function readRequests(req: Request, deps: DashboardPageDeps): Promise<PageData> {
  const history = await readHistoryView(req, deps);
  const { status, view } = await readFigures(req, deps);
  return { status, view: { ...view, history } };
}

async function readEvents(req: Request, deps: DashboardPageDeps): Promise<PageData> {
  const status = await readStatus(deps.store, languageOf(req), Date.now());
  return {
    status,
    view: { ...(await readEventsView(req, deps.eventStore)), receivers: deps.alertReceivers },
  };
}

async function readUsage(req: Request, deps: DashboardPageDeps & UsageDeps): Promise<PageData> {
  const view = await readUsageView(req, deps);
  return { status: await readStatus(deps.store, languageOf(req), Date.now()), view };
}
