/** What kind of credential ZAI_TOKEN holds, by its form. Pure. */

export type TokenKind = 'none' | 'official-key' | 'web-token' | 'other';

/** Z.ai's API keys look like `id.secret`; a token of the web chat is a JWT, which has three parts. */
export function classifyToken(token: string | undefined): TokenKind {
  if (token === undefined) return 'none';
  if (/^[^.\s]+\.[^.\s]+$/.test(token)) return 'official-key';
  return token.split('.').length === 3 ? 'web-token' : 'other';
}
