/** The dashboard's routes. Other origins cannot read them, and caches do not store them. */
import type { Express } from 'express';
import type { Config } from '../config/config.js';
import { allowOnly } from '../http/middleware/handle-errors.js';
import type { LimitStoreFactory } from '../http/middleware/limit-rate.js';
import { createThrottle } from '../http/passwords.js';
import type { Logger } from '../logger.js';
import { pagePolicy } from '../pages/policy.js';
import type { Store } from '../store/store.js';
import { dashboardAccess } from './access.js';
import { errorPage } from './error-page.js';
import { dashboardRequests, dashboardStats } from './json.js';
import { type DashboardPageDeps, dashboardLive, dashboardPage, keysCsv } from './page.js';

export interface DashboardDeps extends DashboardPageDeps {
  readonly store: Store;
  readonly config: DashboardPageDeps['config'] & Pick<Config, 'dashboardPassword'>;
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
    throttle: createThrottle('dashboard-password', 'passwords', deps.limitStore, deps.log),
  });
  const routes = {
    '/dashboard': dashboardPage(deps),
    '/dashboard/live': dashboardLive(deps),
    '/dashboard/keys.csv': keysCsv(deps),
    '/dashboard/stats': dashboardStats(deps),
    '/dashboard/requests': dashboardRequests(deps.store),
  };
  app.use('/dashboard', pagePolicy());
  for (const [path, handler] of Object.entries(routes)) {
    app.route(path).get(access, handler).all(allowOnly('GET', 'HEAD'));
  }
  app.use('/dashboard', errorPage);
}
