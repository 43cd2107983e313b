/** An answer that passes as it is. Its bytes have not been read. */
export interface PassedAnswer {
  /** As the upstream gave them, `undefined` when it gave none. The length is in bytes. */
  readonly contentType: string | undefined;
  readonly contentLength: string | undefined;
  /** Rejects with an ApiError when the connection breaks. Whoever stops reading closes it. */
  readonly body: AsyncIterable<Uint8Array>;
}
