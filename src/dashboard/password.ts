/** The dashboard's password: configured, or made once for all replicas and printed. */
import { randomBytes } from 'node:crypto';
import type { Logger } from '../logger.js';
import type { Store } from '../store/store.js';

export class DashboardPassword {
  #value: string;
  #shared = false;

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

  /** Agrees with the other replicas; called again until the store has answered once. */
  async share(): Promise<void> {
    if (this.configured !== undefined || this.#shared) return;
    this.#value = await this.store.shareSecret('dashboard-password', this.#value);
    this.#shared = true;
    // The one secret a log may hold: without it nobody but this machine could look.
    if (this.isNeeded)
      this.log.info(
        `dashboard password (any user name; set DASHBOARD_PASSWORD for your own): ${this.#value}`,
      );
  }
}
