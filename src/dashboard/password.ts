/** The dashboard's password: configured, or made once for all replicas and printed. */
import { randomBytes } from 'node:crypto';
import type { Logger } from '../logger.js';
import type { Store } from '../store/store.js';

export class DashboardPassword {
  #value: string;
  /** The one that was printed. */
  #told: string | undefined;

  constructor(
    private readonly configured: string | undefined,
    private readonly store: Pick<Store, 'shareSecret'>,
    private readonly log: Logger,
    /** Somebody may need it: it is printed. */
    private readonly isNeeded = true,
  ) {
    this.#value = configured ?? randomBytes(12).toString('base64url');
  }

  get value(): string {
    return this.#value;
  }

  /**
   * Agrees with the other replicas. Called again and again: a store that lost its data gets the password back, or all
   * replicas take the one that a new replica has proposed meanwhile.
   */
  async share(): Promise<void> {
    if (this.configured !== undefined) return;
    this.#value = await this.store.shareSecret('dashboard-password', this.#value);
    if (this.#value === this.#told) return;
    this.#told = this.#value;
    // The one secret a log may hold: without it nobody but this machine could look.
    if (this.isNeeded)
      this.log.info(
        `dashboard password (any user name; set DASHBOARD_PASSWORD for your own): ${this.#value}`,
      );
  }
}
