/**
 * What the gateway keeps, in its own verbs. One contract, tested by one suite on every implementation.
 * Conversation names are digests; tokens are guest tokens, never an account's.
 */

/** A conversation's token is forgotten this long after its last use, in milliseconds. */
export const CONVERSATION_TTL_MS = 60 * 60 * 1000;
/** A token minted ahead is thrown away unused after this long, in milliseconds. */
export const SPARE_TOKEN_TTL_MS = 5 * 60 * 1000;

export interface Store {
  /** The conversation's token, whose life begins anew; undefined: none is known, or it is ambiguous. */
  findToken(conversation: string): Promise<string | undefined>;
  /**
   * Binds the token unless another one is bound, and resolves with the one to use; atomic. An ambiguous conversation
   * stays ambiguous: the caller keeps its own token.
   */
  bindToken(conversation: string, token: string): Promise<string>;
  /**
   * Notes that an answer which ends in this transcript came with this token; atomic. Where another token is noted
   * already, two conversations look alike: the entry becomes ambiguous and stays so.
   */
  rememberToken(conversation: string, token: string): Promise<void>;
  /**
   * Unbinds the token, if it is still the one; atomic. Another can be bound then, but the conversation stays taken:
   * an answer of somebody else's that ends in the same transcript makes it ambiguous all the same.
   */
  forgetToken(conversation: string, token: string): Promise<void>;
  /** Puts aside a token that no conversation has. */
  addSpareToken(token: string): Promise<void>;
  /** Takes a spare token, the oldest: nobody else gets the same; atomic. */
  takeSpareToken(): Promise<string | undefined>;
  countSpareTokens(): Promise<number>;
  close(): Promise<void>;
}
