/** What the person who starts the gateway should change, or know before the first request. Pure. */
import { type Config, WELL_KNOWN_KEY } from '../config/config.js';
import { isLoopbackHost } from '../config/loopback.js';
import { countPlanSharers, termsWarning } from '../config/terms.js';
import { classifyToken } from '../config/token-kind.js';
import type { UpstreamEntry } from '../config/upstream-entry.js';
import { nameEntry } from '../vocabulary/error-codes.js';

/** What the person who starts the gateway should change, or know before the first request. */
export function startWarnings(config: Config): string[] {
  const warnings = [
    startWarning(config),
    termsWarning(countPlanSharers(config, 0)),
    ...config.upstreams.map((entry) => closedWebChatWarning(entry, config)),
    ...ownerWarnings(config),
    ...config.tracingWarnings,
  ];
  return warnings.filter((warning) => warning !== undefined);
}

/** @returns a warning if anybody can use the gateway with the well-known key, else `undefined` */
export function startWarning(config: Config): string | undefined {
  if (config.publicKey !== WELL_KNOWN_KEY || isLoopbackHost(config.host)) return undefined;
  return (
    `!!! DEFAULT_KEY is the well-known ${WELL_KNOWN_KEY} and the gateway listens on ${config.host}: everybody who ` +
    'reaches it can use it. Set DEFAULT_KEY or API_KEYS in .env.local, or HOST=127.0.0.1.'
  );
}

/** Members are known to the store only. */
function ownerWarnings({ upstreams, namedKeys }: Config): string[] {
  return upstreams.flatMap(({ name, owner }) =>
    owner === undefined || namedKeys.some((key) => key.name === owner)
      ? []
      : [
          `The upstream ${name} serves its owner ${owner} only, who is not in API_KEYS: it has to be the id of a member.`,
        ],
  );
}

/** With which credential the web chat is asked, by the kind of token. */
const WEB_CHAT_CALLERS = {
  none: 'as a guest, since ZAI_TOKEN is not set',
  'official-key': 'with an official API key, which is meant for the official API: leave UPSTREAM_URL unset',
  'web-token': 'with an account of it',
  other:
    'with a ZAI_TOKEN that is neither an official API key (id.secret) nor a web token (JWT): copy it again',
} as const;

/** @returns a warning if the upstream is Z.ai's web chat, which refuses most programs, else `undefined` */
function closedWebChatWarning(
  { name, url, protocol, token }: UpstreamEntry,
  { upstreamsFile }: Pick<Config, 'upstreamsFile'>,
): string | undefined {
  const isZai = /(^|\.)z\.ai$/.test(new URL(url).hostname);
  if (protocol !== 'zai-web' || !isZai) return undefined;
  return nameEntry(
    `The gateway asks Z.ai's web chat, ${WEB_CHAT_CALLERS[classifyToken(token)]}. ` +
      'The web chat is mostly closed to programs: expect errors 502 upstream_refused. What works: an official API key from ' +
      'https://z.ai in ZAI_TOKEN, or a self-hosted GLM in UPSTREAM_URL. `npm run doctor -- --live` tells how it is today; `npm run demo` needs neither.',
    upstreamsFile === undefined ? undefined : name,
  );
}

export function quotesWarning(name: string): string {
  return `${name}: the quotation marks around a value are part of it (docker run --env-file keeps them). Remove them, unless they are meant.`;
}
