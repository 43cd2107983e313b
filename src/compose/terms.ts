/** Warns when managed keys let more than one person use a personal coding plan. */
import type { Config } from '../config/config.js';
import { countPlanSharers, hasSharedPlan, termsWarning } from '../config/terms.js';
import type { Logger } from '../logger.js';
import type { AuditEntry, Team } from '../team/core/entities.js';
import { findExpiry } from '../team/core/rights.js';

const NEW_KEYS: ReadonlySet<AuditEntry['action']> = new Set(['key.create', 'key.import', 'invite.accept']);

export class Terms {
  /** The number that the log has told; the start warns of the keys of the environment. */
  #told: number;

  constructor(
    private readonly config: Config,
    private readonly readTeam: () => Promise<Team>,
    private readonly log: Pick<Logger, 'warn'>,
  ) {
    this.#told = Math.max(1, countPlanSharers(config, 0));
  }

  /** Keys of the environment and members with keys that share a coding plan, 0 where none does. Rejects as the store does. */
  async countSharers(): Promise<number> {
    if (!hasSharedPlan(this.config)) return 0;
    return countPlanSharers(this.config, countHolders(await this.readTeam(), Date.now()));
  }

  /** Tells the log when there are more than it knows. */
  async check(): Promise<void> {
    const sharers = await this.countSharers().catch(() => 0);
    if (sharers <= this.#told) return;
    this.#told = sharers;
    this.log.warn(termsWarning(sharers));
  }

  noteChanges(audit: readonly AuditEntry[]): void {
    if (audit.some(({ action }) => NEW_KEYS.has(action))) void this.check();
  }
}

/** Members with a key that has not expired. */
function countHolders({ keys }: Team, now: number): number {
  const live = [...keys.values()].filter((key) => (findExpiry(key) ?? Number.POSITIVE_INFINITY) > now);
  return new Set(live.map(({ member }) => member)).size;
}
