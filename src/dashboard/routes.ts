/** The dashboard's routes. Other origins cannot read them, and caches do not store them. */
import type { Express } from 'express';
import type { Config } from '../config/config.js';
import { allowOnly } from '../http/middleware/handle-errors.js';
import {
  createLimiter,
  getAddressKey,
  type Limit,
  type LimitStoreFactory,
  readUse,
} from '../http/middleware/limit-rate.js';
import { getLocals } from '../http/request-locals.js';
import type { Logger } from '../logger.js';
import { pagePolicy } from '../pages/policy.js';
import type { Store } from '../store/store.js';
import { dashboardAccess, type Throttle } from './access.js';
import { errorPage } from './error-page.js';
import { dashboardRequests, dashboardStats } from './json.js';
import { type DashboardPageDeps, dashboardLive, dashboardPage, keysCsv } from './page.js';

export interface DashboardDeps extends DashboardPageDeps {
  readonly store: Store;
  readonly config: DashboardPageDeps['config'] & Pick<Config, 'dashboardPassword'>;
  readonly limitStore: LimitStoreFactory;
  readonly dashboardPassword: () => string;
  readonly log: Logger;
}

/** Wrong passwords allowed per address and minute. */
const WRONG_PASSWORDS = 20;

export function addDashboard(app: Express, deps: DashboardDeps): void {
  const access = dashboardAccess({
    password: deps.dashboardPassword,
    trustLoopback: deps.config.dashboardPassword === undefined,
    throttle: createThrottle(deps),
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

function createThrottle({ limitStore, log }: Pick<DashboardDeps, 'limitStore' | 'log'>): Throttle {
  const store = limitStore('dashboard-password');
  return {
    count: createLimiter('dashboard-password', () => store, wrongPasswords, log),
    isOver: async (res) => {
      // While the limit cannot be read, requests are admitted.
      const use = await readUse(store, getAddressKey(getLocals(res).context), WRONG_PASSWORDS).catch(
        () => undefined,
      );
      return use !== undefined && use.used >= use.limit;
    },
  };
}

const wrongPasswords: Limit = {
  limit: () => WRONG_PASSWORDS,
  key: getAddressKey,
  message: () => 'Too many wrong passwords from this address; try again in a minute.',
};
