/** The receivers of alerts, as ALERT_WEBHOOK lists them. Their addresses are secrets: whoever has one can post. */
import { BlockList, isIP } from 'node:net';

/** What is posted, by the form that a chat wants. */
export const ALERT_FORMS = ['json', 'slack', 'feishu', 'dingtalk', 'wecom'] as const;
export type AlertForm = (typeof ALERT_FORMS)[number];

export interface AlertReceiver {
  readonly form: AlertForm;
  /** Without form and secret. */
  readonly url: string;
  /** Signs messages to DingTalk and Feishu, `undefined` when they are not signed. */
  readonly secret: string | undefined;
  /** For people: form and host. */
  readonly name: string;
}

const HOSTS: readonly (readonly [RegExp, AlertForm])[] = [
  [/^hooks\.slack(-gov)?\.com$/, 'slack'],
  [/(^|\.)(feishu\.cn|larksuite\.com)$/, 'feishu'],
  [/(^|\.)dingtalk\.com$/, 'dingtalk'],
  [/^qyapi\.weixin\.qq\.com$/, 'wecom'],
];

const SIGNED: readonly AlertForm[] = ['feishu', 'dingtalk'];
const MAX_RECEIVERS = 10;

/** @returns undefined if an entry is not `[FORM+]https://…[#secret=…]`, or is `http` to another machine */
export function parseAlertWebhooks(text: string): readonly AlertReceiver[] | undefined {
  const entries = text.split(/[\s,]+/).filter(Boolean);
  const receivers = entries.flatMap((entry) => parseReceiver(entry) ?? []);
  const isWhole = receivers.length === entries.length && entries.length > 0;
  return isWhole && entries.length <= MAX_RECEIVERS ? receivers : undefined;
}

function parseReceiver(entry: string): AlertReceiver | undefined {
  const [, prefix, address = ''] = /^(?:([a-z]+)\+)?(https?:\/\/.+)$/i.exec(entry) ?? [];
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  const form =
    prefix === undefined
      ? (HOSTS.find(([pattern]) => pattern.test(url.hostname))?.[1] ?? 'json')
      : ALERT_FORMS.find((one) => one === prefix.toLowerCase());
  const secret = url.hash === '' ? undefined : (/^#secret=([\x21-\x7e]+)$/.exec(url.hash)?.[1] ?? '');
  const isSecretWrong = secret === '' || (secret !== undefined && !SIGNED.includes(form ?? 'json'));
  if (form === undefined || isSecretWrong || url.username !== '' || url.password !== '') return undefined;
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) return undefined;
  url.hash = '';
  return { form, url: url.toString(), secret, name: `${form} ${url.host}` };
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return (
    host === 'localhost' || (isIP(host) !== 0 && LOOPBACK.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4'))
  );
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');
