import { expect } from 'chai';
import { loadConfig } from '../../src/config/config.js';
import { checkAlerts } from '../../src/doctor/alerts.js';
import { Report } from '../../src/doctor/report.js';
import { Receiver } from '../alerts/receiver.js';

async function reportOf(webhooks: string): Promise<string> {
  const lines: string[] = [];
  await checkAlerts(loadConfig({ ALERT_WEBHOOK: webhooks }), new Report((line) => lines.push(line)));
  return lines.join('\n');
}

describe('The doctor’s test of alerts', () => {
  it('tells of each receiver whether it took the message, and never its address', async () => {
    const receiver = await new Receiver().start();
    receiver.answer = (response) => response.end('{"errcode":310000,"errmsg":"secret"}');
    try {
      const { host } = new URL(receiver.url);
      const report = await reportOf(`${receiver.url}/secret dingtalk+${receiver.url}/secret#secret=SEC1`);
      expect(report).to.contain(`ok    json ${host} took the test message`);
      expect(report).to.contain(`BAD   dingtalk ${host} did not take the test message: code 310000`);
      expect(report).not.to.match(/\/secret|SEC1|errmsg/);
      expect(receiver.received).to.have.length(2);
    } finally {
      await receiver.stop();
    }
  });

  it('says that nobody is told without receivers', async () => {
    expect(await reportOf('')).to.contain('nobody is told');
  });
});
