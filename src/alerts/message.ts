/** An alert in the form of each chat. No form lets a name be read as a mention, a link or a command. */
import { createHmac } from 'node:crypto';
import type { AlertForm, AlertReceiver } from '../config/alert-webhooks.js';

export type AlertLanguage = 'en' | 'zh';

export interface AlertMessage {
  /** What happened, in the configured language; may have several lines. */
  readonly text: string;
  /** Members of the generic JSON. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface WebhookPost {
  readonly url: string;
  readonly body: string;
}

/** @param now Unix milliseconds, which a signature holds. */
export function formatPost(
  { form, url, secret }: AlertReceiver,
  message: AlertMessage,
  now: number,
): WebhookPost {
  const body = BODIES[form](message);
  if (secret === undefined) return { url, body: JSON.stringify(body) };
  if (form === 'feishu') return { url, body: JSON.stringify({ ...signFeishu(secret, now), ...body }) };
  return { url: signDingTalk(url, secret, now), body: JSON.stringify(body) };
}

const BODIES: Readonly<Record<AlertForm, (message: AlertMessage) => object>> = {
  json: ({ text, fields }) => ({ text, ...fields }),
  // https://docs.slack.dev/messaging/formatting-message-text: three characters are escaped, and nothing else is markup then.
  slack: ({ text }) => ({ text: escapeSlack(text), mrkdwn: false }),
  // A post's text has no tags, as a plain text message has.
  feishu: ({ text }) => ({
    msg_type: 'post',
    content: {
      post: {
        zh_cn: { title: 'ZtoApi', content: text.split('\n').map((line) => [{ tag: 'text', text: line }]) },
      },
    },
  }),
  // Who is mentioned stands in `at` only. DingTalk filters by keyword: robots may ask for `ZtoApi`.
  dingtalk: ({ text }) => ({ msgtype: 'text', text: { content: `ZtoApi: ${text}` }, at: { isAtAll: false } }),
  wecom: ({ text }) => ({ msgtype: 'text', text: { content: text.replaceAll('<@', '<\u2060@') } }),
};

function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** https://open.dingtalk.com/document/robots/customize-robot-security-settings: milliseconds and signature in the query. */
function signDingTalk(url: string, secret: string, now: number): string {
  const signed = new URL(url);
  const sign = createHmac('sha256', secret).update(`${now}\n${secret}`).digest('base64');
  signed.searchParams.set('timestamp', String(now));
  signed.searchParams.set('sign', sign);
  return signed.toString();
}

/** https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot: the key is what is signed, and the message is empty. */
function signFeishu(secret: string, now: number): { timestamp: string; sign: string } {
  const timestamp = String(Math.floor(now / 1000));
  const sign = createHmac('sha256', `${timestamp}\n${secret}`).digest('base64');
  return { timestamp, sign };
}

/** Why a receiver did not take a message, `undefined` when it did. The reason holds nothing of the address. */
export function judgeReply(form: AlertForm, status: number, body: string): string | undefined {
  if (status < 200 || status > 299) return `status ${status}`;
  const code = CODES[form]?.exec(body)?.[1] ?? '0';
  return code === '0' ? undefined : `code ${code}`;
}

/** These chats answer 200 to whatever they refuse. */
const CODES: Partial<Record<AlertForm, RegExp>> = {
  feishu: /"(?:code|StatusCode)"\s*:\s*(-?\d{1,10})/,
  dingtalk: /"errcode"\s*:\s*(-?\d{1,10})/,
  wecom: /"errcode"\s*:\s*(-?\d{1,10})/,
};

const TEST_TEXTS = {
  en: 'This is a test of ZtoApi’s alerts (ALERT_WEBHOOK). Nothing happened.',
  zh: '这是 ZtoApi 告警（ALERT_WEBHOOK）的测试消息，没有发生任何事件。',
} as const;

export function createTestMessage(language: AlertLanguage): AlertMessage {
  return { text: TEST_TEXTS[language], fields: { kind: 'test' } };
}
