/** The dashboard's password: configured, or generated once for all replicas. */
import { randomBytes } from 'node:crypto';
import type { Logger } from '../logger.js';
import type { Store } from '../store/store.js';

export class DashboardPassword {
  #value: string;
  #logged: string | undefined;

  constructor(
    private readonly configured: string | undefined,
    private readonly store: Pick<Store, 'shareSecret'>,
    private readonly log: Logger,
    /** Whether a generated password is logged: the admin's opens the dashboard, too. */
    private readonly isNeeded: () => boolean,
  ) {
    this.#value = configured ?? randomBytes(12).toString('base64url');
  }

  get value(): string {
    return this.#value;
  }

  /**
   * Agrees on a password with the other replicas. It is called repeatedly: a store that lost its data gets the password
   * back, or all replicas take the one that a new replica has proposed meanwhile.
   */
  async share(): Promise<void> {
    if (this.configured !== undefined) return;
    this.#value = await this.store.shareSecret('dashboard-password', this.#value);
    if (this.#value === this.#logged || !this.isNeeded()) return;
    this.#logged = this.#value;
    // Without it the dashboard could be opened from this machine only.
    this.log.info(`dashboard password (any user name; set DASHBOARD_PASSWORD for your own): ${this.#value}`);
  }
}
