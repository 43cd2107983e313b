/** Builds what sends alerts. */
import { Delivery, type Post } from '../alerts/delivery.js';
import { AlertDispatcher } from '../alerts/dispatcher.js';
import type { Config } from '../config/config.js';
import type { Events } from '../events/event-teller.js';
import type { Logger } from '../logger.js';
import type { SharedState } from '../store/shared-state.js';
import { createPost } from '../upstream/transport/webhook.js';

/** @returns undefined if no receivers are configured */
export function composeAlerts(
  config: Config,
  { eventStore }: SharedState,
  events: Events,
  log: Logger,
): AlertDispatcher | undefined {
  const { alertReceivers, alertLanguage, proxies } = config;
  if (alertReceivers === undefined) return undefined;
  const post: Post = createPost(proxies);
  return new AlertDispatcher({
    store: eventStore,
    delivery: new Delivery(alertReceivers, post),
    language: alertLanguage,
    events,
    log,
    describe: async () => undefined,
  });
}
