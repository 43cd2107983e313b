/** Builds what a replica looks after at each heartbeat, and what it watches of the others. */
import type { AlertDispatcher } from '../alerts/dispatcher.js';
import type { Config } from '../config/config.js';
import { isLoopbackHost } from '../config/loopback.js';
import { DashboardPassword } from '../dashboard/password.js';
import type { EventTeller } from '../events/event-teller.js';
import type { HttpServer } from '../http/server.js';
import type { Logger } from '../logger.js';
import { ReplicaWatch } from '../replica/replica-watch.js';
import { takeBackup } from '../store/disk/backup.js';
import type { SharedState } from '../store/shared-state.js';
import type { Store } from '../store/store.js';
import type { AdminPassword } from '../team/admin-password.js';
import type { TeamAdmin } from '../team/team-admin.js';
import { announceAdminPassword, takeReset } from './team.js';

interface ReplicaOptions {
  readonly log: Logger;
  readonly demo?: boolean;
}

/** A demo has no admin, and needs no password while it listens on a loopback address. */
export function composeDashboardPassword(
  { dashboardPassword, host }: Config,
  { log, demo }: ReplicaOptions,
  store: Store,
  adminPassword: AdminPassword,
): DashboardPassword {
  const isNeeded = () => (demo === true ? !isLoopbackHost(host) : !adminPassword.exists);
  return new DashboardPassword(dashboardPassword, store, log, isNeeded);
}

interface CareDeps {
  readonly config: Config;
  readonly options: ReplicaOptions;
  readonly state: SharedState;
  readonly teamAdmin: TeamAdmin;
  readonly adminPassword: AdminPassword;
  readonly password: DashboardPassword;
  readonly server: HttpServer;
}

/** @returns what is done at each heartbeat: passwords are agreed on, resets and backups that were asked for are done */
export function composeCare(deps: CareDeps): () => Promise<void> {
  const { config, options, state, teamAdmin, adminPassword, password, server } = deps;
  const announce = () =>
    announceAdminPassword(config, state, adminPassword, () => server.url(config), options.log);
  return async () => {
    // While it cannot be made, the dashboard's own is told.
    if (options.demo !== true) await announce().catch(() => undefined);
    if (config.dashboardEnabled) await password.share();
    await takeReset(config, adminPassword, teamAdmin);
    if (state.durable !== undefined && config.dataDir !== undefined)
      await takeBackup(config.dataDir, state.durable, options.log);
  };
}

export function composeWatch(
  id: string,
  { eventStore, store, redis, degraded }: SharedState,
  events: EventTeller,
  alerts: AlertDispatcher | undefined,
): ReplicaWatch {
  return new ReplicaWatch({
    id,
    events,
    eventStore,
    store,
    isShared: redis !== undefined,
    degraded,
    sendNow: alerts && ((event) => void alerts.sendNow(event)),
  });
}
