/** `npm run doctor`: checks the configuration, the upstream and Redis, and says what to do about each problem. */
import { fileURLToPath } from 'node:url';
import { type Config, ConfigError, loadConfig } from '../config/config.js';
import { readEnvironment } from '../config/environment.js';
import { checkAlerts } from '../doctor/alerts.js';
import { checkConfiguration } from '../doctor/configuration.js';
import { checkData } from '../doctor/data.js';
import { checkLive } from '../doctor/live.js';
import { checkRedis } from '../doctor/redis.js';
import { Report } from '../doctor/report.js';
import { checkUpstream } from '../doctor/upstream.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const live = process.argv.includes('--live');
const alert = process.argv.includes('--alert');
const report = new Report();

const environment = readEnvironment(root, process.env);
const config = configuration();
checkConfiguration(environment, config, root, report);
if (config) {
  await checkUpstream(config, report);
  if (live) await checkLive(config, report);
  await checkRedis(config, report);
  await checkData(config, report);
  if (alert) await checkAlerts(config, report);
  if (!live) report.hint('`npm run doctor -- --live` also sends one small real request.');
  if (!alert && config.alertReceivers !== undefined)
    report.hint('`npm run doctor -- --alert` also sends a test to every receiver of ALERT_WEBHOOK.');
}
report.close();

function configuration(): Config | undefined {
  try {
    return loadConfig(environment.values, environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    report.title('Problems');
    for (const problem of error.problems)
      report.bad(problem, 'Correct it where it is set; config.env explains each variable.');
    return undefined;
  }
}
