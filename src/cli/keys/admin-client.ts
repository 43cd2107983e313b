/** Requests of `npm run keys` to the admin API of a running gateway. */

/** The gateway refused; the message is for a person. */
export class RefusedError extends Error {}
/** No gateway answers at the address. */
export class UnreachableError extends Error {}

export type Answer = Readonly<Record<string, unknown>>;

const TIMEOUT_MS = 15_000;

export class AdminClient {
  constructor(
    private readonly url: string,
    private readonly password: string,
  ) {}

  async ask(method: string, path: string, body?: object): Promise<Answer> {
    const response = await this.#send(method, path, body);
    const answer = await readJson(response);
    if (response.ok) return answer;
    const { message } = (answer.error ?? {}) as { message?: unknown };
    if (typeof message !== 'string')
      throw new RefusedError(`${this.url} answered ${response.status}: is there a gateway of this version?`);
    throw new RefusedError(response.status === 401 ? WRONG_PASSWORD : message);
  }

  async #send(method: string, path: string, body: object | undefined): Promise<Response> {
    try {
      return await fetch(`${this.url}/admin${path}`, {
        method,
        headers: {
          authorization: `Bearer ${this.password}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
        redirect: 'error',
      });
    } catch (error) {
      const { cause, message } = error as Error;
      const reason = (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
      throw new UnreachableError(
        `No gateway answers at ${this.url} (${reason}). Start it, or name its address: --url http://HOST:PORT`,
      );
    }
  }
}

const WRONG_PASSWORD =
  'The gateway does not accept this ADMIN_PASSWORD. `npm run keys -- reset-admin` makes a new one where it is not configured.';

async function readJson(response: Response): Promise<Answer> {
  try {
    return (await response.json()) as Answer;
  } catch {
    return {};
  }
}
