/** Builds what knows members and keys. */
import type { Config } from '../config/config.js';
import { listReservedNames } from '../config/cross-checks.js';
import type { Events } from '../events/event-teller.js';
import { listConfiguredKeys } from '../http/configured-keys.js';
import { FAILED_AUTHENTICATIONS } from '../http/middleware/limit-rate.js';
import type { OpenRequests } from '../http/open-requests.js';
import type { Logger } from '../logger.js';
import { endReset, readReset } from '../store/disk/admin-reset.js';
import type { SharedState } from '../store/shared-state.js';
import { AdminPassword } from '../team/admin-password.js';
import { KeyVerifier } from '../team/key-verifier.js';
import { Sessions } from '../team/sessions.js';
import { TeamAdmin } from '../team/team-admin.js';
import { tellTeamChanges } from './tell-events.js';
import { Terms } from './terms.js';

export function composeTeam(
  config: Config,
  state: SharedState,
  open: OpenRequests,
  events: Events,
  log: Logger,
) {
  const { teamStore } = state;
  const verifier = composeVerifier(config, state, open);
  const tellChanges = tellTeamChanges(events);
  const teamAdmin = new TeamAdmin(teamStore, listReservedNames(config), Date.now, (audit) => {
    tellChanges(audit);
    terms.noteChanges(audit);
  });
  const terms = new Terms(config, () => teamAdmin.read(), log);
  const adminPassword = new AdminPassword(config.adminPassword, teamStore);
  const sessions = new Sessions({
    store: teamStore,
    verifier,
    listConfigured: () => listConfiguredKeys(config, verifier),
    failuresPerMinute: FAILED_AUTHENTICATIONS,
  });
  return { verifier, teamAdmin, adminPassword, sessions, terms };
}

function composeVerifier(
  { rateLimit, rateLimitTotal }: Config,
  { teamStore }: SharedState,
  open: OpenRequests,
): KeyVerifier {
  return new KeyVerifier({
    store: teamStore,
    limits: { requestsPerMinute: rateLimit, totalRequestsPerMinute: rateLimitTotal },
    inUse: { list: () => open.listKeys(), end: (sha256) => open.endKey(sha256) },
    failuresPerMinute: FAILED_AUTHENTICATIONS,
  });
}

/**
 * Sees to it that there is an admin's password, and shows one that was made: only its hash is stored. Without a store that
 * outlives this process nothing is made, since each start would show another one.
 */
export async function announceAdminPassword(
  { publicUrl, dashboardEnabled }: Config,
  { teamStore }: SharedState,
  password: AdminPassword,
  ownUrl: () => string,
  log: Logger,
): Promise<void> {
  const made = teamStore.isKept ? await password.ensure() : undefined;
  if (made === undefined) return;
  const page = dashboardEnabled ? `${publicUrl ?? ownUrl()}/dashboard/team (any user name) and ` : '';
  log.info(
    `admin password for ${page}\`npm run keys\`, shown only now; \`npm run keys -- reset-admin\` makes another: ${made}`,
  );
}

/** Takes up a new admin password that `npm run keys -- reset-admin` asks for by a file in DATA_DIR. */
export async function takeReset(
  { redisUrls, dataDir }: Config,
  password: AdminPassword,
  teamAdmin: TeamAdmin,
): Promise<void> {
  const hash = redisUrls.length > 0 || dataDir === undefined ? undefined : await readReset(dataDir);
  if (hash === undefined || dataDir === undefined) return;
  await password.replace(hash);
  await teamAdmin.noteReset();
  await endReset(dataDir);
}
