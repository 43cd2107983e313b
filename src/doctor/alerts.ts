/** `npm run doctor -- --alert`: sends a message that says that it is a test to every receiver of ALERT_WEBHOOK. */
import { Delivery } from '../alerts/delivery.js';
import { createTestMessage } from '../alerts/message.js';
import type { Config } from '../config/config.js';
import { describeProxy } from '../upstream/transport/proxy.js';
import { createPost } from '../upstream/transport/webhook.js';
import type { Report } from './report.js';

type AlertConfig = Pick<Config, 'alertReceivers' | 'alertLanguage' | 'proxies'>;

export async function checkAlerts(config: AlertConfig, report: Report): Promise<void> {
  const { alertReceivers = [], alertLanguage, proxies } = config;
  report.title('Alerts (ALERT_WEBHOOK)');
  if (alertReceivers.length === 0) report.note('ALERT_WEBHOOK is not set: nobody is told');
  const proxy = new Set(alertReceivers.map(({ url }) => describeProxy(url, config)));
  for (const one of proxy) if (one !== undefined) report.note(`sent through the proxy ${one}`);
  const delivery = new Delivery(alertReceivers, createPost(proxies));
  for (const { receiver, problem } of await delivery.deliver(createTestMessage(alertLanguage), false)) {
    if (problem === undefined) report.good(`${receiver} took the test message`);
    else
      report.bad(
        `${receiver} did not take the test message: ${problem}`,
        'Check its address and secret in ALERT_WEBHOOK, the robot’s keyword (ZtoApi) and allowed addresses, and the proxy.',
      );
  }
}
