/** The dashboard's routes. Other origins cannot read them, and caches do not store them. */
import type { Express, RequestHandler } from 'express';
import type { Config } from '../config/config.js';
import { allowOnly } from '../http/middleware/handle-errors.js';
import type { LimitStoreFactory } from '../http/middleware/limit-rate.js';
import { createThrottle } from '../http/passwords.js';
import { findSession, type SessionFinder } from '../http/routes/me.js';
import { isolatePage } from '../http/session-proof.js';
import type { Logger } from '../logger.js';
import { pagePolicy } from '../pages/policy.js';
import type { Store } from '../store/store.js';
import { dashboardAccess } from './access.js';
import { errorPage } from './error-page.js';
import { eventsCsv, eventsJson } from './events.js';
import type { DashboardPageDeps } from './figures.js';
import { historyJson } from './history.js';
import { dashboardRequests, dashboardStats } from './json.js';
import { keysCsv } from './keys-csv.js';
import { PageFrame, pageOrJson, redirectFilters } from './page.js';
import { createPages } from './pages.js';
import { PATHS } from './query.js';
import type { TeamPageDeps } from './team.js';
import { usageCsv, usageJson } from './usage.js';

export interface DashboardDeps extends DashboardPageDeps, TeamPageDeps {
  readonly store: Store;
  readonly config: DashboardPageDeps['config'] & TeamPageDeps['config'] & Pick<Config, 'dashboardPassword'>;
  readonly limitStore: LimitStoreFactory;
  readonly dashboardPassword: () => string;
  readonly adminPassword: { isRight(given: string): Promise<boolean> };
  readonly log: Logger;
}

export function addDashboard(app: Express, deps: DashboardDeps): void {
  const access = dashboardAccess({
    password: deps.dashboardPassword,
    trustLoopback: deps.config.dashboardPassword === undefined,
    // While the store is away, only the dashboard's own password can be checked.
    isAdmin: (given) => deps.adminPassword.isRight(given).catch(() => false),
    hasAdminSession: (req) =>
      findSession(deps.sessions, req).then(
        (session) => session?.owner.managed?.member.role === 'admin',
        () => false,
      ),
    throttle: createThrottle('dashboard-password', 'passwords', deps.limitStore, deps.log),
  });
  const pages = createPages(deps);
  const frame = new PageFrame(pages, deps);
  const routes = new Map<string, RequestHandler[]>([
    ['/dashboard/keys.csv', [keysCsv(deps.store)]],
    ['/dashboard/stats', [dashboardStats(deps)]],
    [`${PATHS.requests}/history`, [historyJson(deps)]],
    [`${PATHS.usage}.csv`, [usageCsv(deps)]],
    [`${PATHS.events}.csv`, [eventsCsv(deps.eventStore)]],
  ]);
  for (const page of pages) {
    routes.set(page.path, [frame.page(page)]);
    routes.set(`${page.path}/live`, [frame.live(page)]);
  }
  routes.get(PATHS.overview)?.unshift(redirectFilters);
  const addJson = (path: string, json: RequestHandler) =>
    routes.set(
      path,
      (routes.get(path) ?? []).map((page) => pageOrJson(page, json)),
    );
  // A program's address before it was a page's.
  addJson(PATHS.requests, dashboardRequests(deps.store));
  addJson(PATHS.usage, usageJson(deps));
  addJson(PATHS.events, eventsJson(deps.eventStore));
  app.use('/dashboard', pagePolicy());
  for (const [path, handlers] of routes) {
    app
      .route(path)
      .get(access, giveProof(deps.sessions), ...handlers)
      .all(allowOnly('GET', 'HEAD'));
  }
  app.use('/dashboard', errorPage);
}

/** Gives the page what its script needs beside the cookie of a session. */
function giveProof(sessions: SessionFinder): RequestHandler {
  return async (req, res, next) => {
    isolatePage(res);
    const session = await findSession(sessions, req).catch(() => undefined);
    res.locals.proof = session?.proof;
    next();
  };
}
