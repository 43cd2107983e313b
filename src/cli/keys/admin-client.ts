/** Requests of `npm run keys` to the admin API of a running gateway. */

/** The gateway refused; the message is for a person. */
export class RefusedError extends Error {}
/** No gateway answers at the address. */
export class UnreachableError extends Error {}

export type Answer = Readonly<Record<string, unknown>>;

const TIMEOUT_MS = 15_000;

export class AdminClient {
  readonly #urls: readonly string[];

  /** @param urls of one gateway: the first that answers is used */
  constructor(
    urls: readonly string[],
    private readonly password: string,
  ) {
    this.#urls = urls;
  }

  async ask(method: string, path: string, body?: object): Promise<Answer> {
    const response = await this.#send(method, path, body);
    const answer = await readJson(response);
    if (response.ok) return answer;
    const { message } = (answer.error ?? {}) as { message?: unknown };
    if (typeof message !== 'string')
      throw new RefusedError(
        `${new URL(response.url).origin} answered ${response.status}: is there a gateway of this version?`,
      );
    throw new RefusedError(response.status === 401 ? WRONG_PASSWORD : message);
  }

  async #send(method: string, path: string, body: object | undefined): Promise<Response> {
    const failures: string[] = [];
    for (const url of this.#urls) {
      try {
        return await this.#sendTo(url, method, path, body);
      } catch (error) {
        const { cause, message } = error as Error;
        const { code } = (cause ?? {}) as NodeJS.ErrnoException;
        failures.push(`${url} (${code ?? message})`);
        // Anything else may have reached the gateway: a change must not be asked for twice.
        if (code === undefined || !NOT_CONNECTED.test(code)) break;
      }
    }
    throw new UnreachableError(
      `No gateway answers at ${failures.join(' or ')}. Start it, or name its address: --url http://HOST:PORT`,
    );
  }

  #sendTo(url: string, method: string, path: string, body: object | undefined): Promise<Response> {
    return fetch(`${url}/admin${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.password}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: 'error',
    });
  }
}

/** No connection was made, or its certificate was not accepted. */
const NOT_CONNECTED =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|.*CERT.*|.*SIGNED.*)$/;

const WRONG_PASSWORD =
  'The gateway does not accept this ADMIN_PASSWORD. `npm run keys -- reset-admin` makes a new one where it is not configured.';

async function readJson(response: Response): Promise<Answer> {
  try {
    return (await response.json()) as Answer;
  } catch {
    return {};
  }
}
