/** The two OpenAI-compatible providers, and the endpoints of a base URL. */

/** `zai`: Z.ai's and BigModel's official APIs. `self-hosted`: GLM under vLLM, SGLang and the like. */
export type Provider = 'zai' | 'self-hosted';

const OFFICIAL_HOSTS = new Set(['api.z.ai', 'open.bigmodel.cn']);
const OFFICIAL_PATH = /\/api\/(coding\/)?paas\/v4$/;

export interface Endpoint {
  readonly provider: Provider;
  readonly completionsUrl: string;
  readonly modelsUrl: string;
  /** Builds the address of a path below the base, such as `/embeddings`. */
  readonly buildUrl: (path: string) => string;
}

/** `url` may be the base (`…/v1`) or the full path (`…/v1/chat/completions`); a query string stays. */
export function parseEndpoint(url: string): Endpoint {
  const base = new URL(url);
  base.pathname = base.pathname.replace(/\/+$/, '').replace(/\/chat\/completions$/, '');
  const buildUrl = (path: string) => {
    const full = new URL(base);
    full.pathname = `${base.pathname.replace(/\/$/, '')}${path}`;
    return full.href;
  };
  // A reverse proxy in front of the official API keeps its path.
  const official = OFFICIAL_HOSTS.has(base.hostname) || OFFICIAL_PATH.test(base.pathname);
  return {
    provider: official ? 'zai' : 'self-hosted',
    completionsUrl: buildUrl('/chat/completions'),
    modelsUrl: buildUrl('/models'),
    buildUrl,
  };
}
