/** Guest tokens of the web protocol: issues, recognizes and revokes them. */
import { randomBytes, randomUUID } from 'node:crypto';

export interface Session {
  id: string;
  name: string;
  email: string;
  role: 'guest' | 'user';
  token: string;
}

export class Guests {
  readonly minted: string[] = [];
  readonly #known = new Map<string, Session>();

  constructor(private readonly accountToken: string | undefined) {}

  mint(): Session {
    const name = `Guest-${Date.now()}`;
    const identity = { id: randomUUID(), email: `${name}@guest.com` };
    const session: Session = { ...identity, name, role: 'guest', token: makeToken(identity) };
    this.minted.push(session.token);
    this.#known.set(session.token, session);
    return session;
  }

  find(token: string | undefined): Session | undefined {
    if (token === undefined) return undefined;
    if (token !== '' && token === this.accountToken) {
      return { id: 'account', name: 'Simulated Account', email: 'account@example.com', role: 'user', token };
    }
    return this.#known.get(token);
  }

  revokeAll(): void {
    this.#known.clear();
  }
}

/** Header and payload of an ES256 token; the signature is random. */
function makeToken(payload: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return [part({ alg: 'ES256', typ: 'JWT' }), part(payload), randomBytes(64).toString('base64url')].join('.');
}
