import { expect } from 'chai';
import { parseAlertWebhooks } from '../../src/config/alert-webhooks.js';

const formsOf = (text: string) => parseAlertWebhooks(text)?.map(({ form }) => form);

describe('The receivers of alerts', () => {
  it('are recognized by their host, or by a form before the address', () => {
    const list = [
      'https://hooks.slack.com/services/T/B/x',
      'https://open.feishu.cn/open-apis/bot/v2/hook/x',
      'https://open.larksuite.com/open-apis/bot/v2/hook/x',
      'https://oapi.dingtalk.com/robot/send?access_token=x',
      'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x',
      'https://alerts.example.com/hook',
      'slack+https://chat.example.com/hooks/x',
      'json+https://hooks.slack.com/x',
    ];
    const forms = ['slack', 'feishu', 'feishu', 'dingtalk', 'wecom', 'json', 'slack', 'json'];
    expect(formsOf(list.join(','))).to.deep.equal(forms);
    expect(formsOf(list.join('\n ,'))).to.deep.equal(forms);
  });

  it('are not taken for a chat because of a similar host', () => {
    for (const host of [
      'hooks.slack.com.example.org',
      'evil-feishu.cn',
      'xqyapi.weixin.qq.com',
      'notdingtalk.com',
    ])
      expect(formsOf(`https://${host}/x`), host).to.deep.equal(['json']);
  });

  it('have a secret that is not part of the address', () => {
    const [one] = parseAlertWebhooks('https://open.feishu.cn/open-apis/bot/v2/hook/x#secret=a+b/c=') ?? [];
    expect(one).to.include({ secret: 'a+b/c=', url: 'https://open.feishu.cn/open-apis/bot/v2/hook/x' });
    expect(one?.name).to.equal('feishu open.feishu.cn');
  });

  it('are reached by https, or on this machine', () => {
    for (const host of ['localhost', '127.0.0.1:8080', '127.9.9.9', '[::1]:9'])
      expect(formsOf(`http://${host}/x`), host).to.deep.equal(['json']);
    for (const host of ['example.com', '10.0.0.1', '0.0.0.0', 'localhost.example.com', '[::2]'])
      expect(formsOf(`http://${host}/x`), host).to.equal(undefined);
  });

  it('are refused as a whole when one is wrong', () => {
    const good = 'https://a.example.com/x';
    for (const bad of [
      'ftp://a.example.com/x',
      'teams+https://a.example.com/x',
      'https://user:password@a.example.com/x',
      'https://a.example.com/x#secret=y',
      'https://open.feishu.cn/x#secret=',
      'https://open.feishu.cn/x#other',
      'x',
      '//a.example.com',
    ])
      expect(formsOf(`${good},${bad}`), bad).to.equal(undefined);
    expect(formsOf(' , ')).to.equal(undefined);
    expect(formsOf(Array.from({ length: 11 }, () => good).join(' '))).to.equal(undefined);
  });
});
