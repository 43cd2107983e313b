import { expect } from 'chai';
import { formatPost, judgeReply } from '../../src/alerts/message.js';
import { type AlertReceiver, parseAlertWebhooks } from '../../src/config/alert-webhooks.js';
import type { Json } from '../support/gateway.js';

const NOW = 1_700_000_000_000;
const HOSTILE = 'a<!channel> <@U1> <https://evil|x> & *b* @all <at user_id="all">';

const receiverOf = (text: string) => parseAlertWebhooks(text)?.[0] as AlertReceiver;
const bodyOf = (receiver: string, text = HOSTILE): Json =>
  JSON.parse(formatPost(receiverOf(receiver), { text, fields: { kind: 'degraded' } }, NOW).body);

describe('An alert’s message', () => {
  it('is JSON with its members for any other receiver', () => {
    expect(bodyOf('https://a.example.com')).to.deep.equal({ text: HOSTILE, kind: 'degraded' });
  });

  it('is text for Slack in which names mention and link nothing', () => {
    const { text, ...rest } = bodyOf('https://hooks.slack.com/x');
    expect(rest).to.deep.equal({ mrkdwn: false });
    expect(text).not.to.match(/[<>]/);
    expect(text).to.contain('a&lt;!channel&gt; ').and.to.contain(' &amp; ');
  });

  it('is a post of plain lines for Feishu', () => {
    const { msg_type, content } = bodyOf('https://open.feishu.cn/x', `${HOSTILE}\nsecond`);
    expect(msg_type).to.equal('post');
    expect(content.post.zh_cn.content).to.deep.equal([
      [{ tag: 'text', text: HOSTILE }],
      [{ tag: 'text', text: 'second' }],
    ]);
  });

  it('is text for DingTalk and WeCom that mentions nobody', () => {
    expect(bodyOf('https://oapi.dingtalk.com/x')).to.deep.equal({
      msgtype: 'text',
      text: { content: `ZtoApi: ${HOSTILE}` },
      at: { isAtAll: false },
    });
    const { text } = bodyOf('https://qyapi.weixin.qq.com/x');
    expect(text.content).not.to.contain('<@');
  });

  // Computed with openssl: printf '1700000000000\nSEC1' | openssl dgst -sha256 -hmac SEC1 -binary | base64
  it('is signed in the query for DingTalk', () => {
    const receiver = receiverOf('https://oapi.dingtalk.com/robot/send?access_token=x#secret=SEC1');
    const url = new URL(formatPost(receiver, { text: 'x', fields: {} }, NOW).url);
    expect(Object.fromEntries(url.searchParams)).to.deep.equal({
      access_token: 'x',
      timestamp: '1700000000000',
      sign: 'ukR4+WoOOBTGaOauYqugxVrMSFyr92q4hPxJxuOkiio=',
    });
  });

  // Computed with openssl: printf '' | openssl dgst -sha256 -hmac $'1700000000\nSEC1' -binary | base64
  it('is signed in the body for Feishu', () => {
    const body = bodyOf('https://open.feishu.cn/x#secret=SEC1');
    expect(body).to.include({
      timestamp: '1700000000',
      sign: 's3Va4ru9IQUY6HTJcYx7OEVyXl0V0S/y32v4ZbfOHCI=',
    });
  });

  it('counts as refused by a status, or by the code of a chat that always answers 200', () => {
    expect(judgeReply('json', 204, '')).to.equal(undefined);
    expect(judgeReply('slack', 200, 'ok')).to.equal(undefined);
    expect(judgeReply('json', 302, '')).to.equal('status 302');
    expect(judgeReply('feishu', 200, '{"code":0,"msg":"success"}')).to.equal(undefined);
    expect(judgeReply('feishu', 200, '{"code":19021,"msg":"sign match fail"}')).to.equal('code 19021');
    expect(judgeReply('feishu', 200, '{"StatusCode":0}')).to.equal(undefined);
    expect(judgeReply('dingtalk', 200, '{"errcode":310000,"errmsg":"x"}')).to.equal('code 310000');
    expect(judgeReply('wecom', 200, '{"errcode": 0}')).to.equal(undefined);
  });
});
