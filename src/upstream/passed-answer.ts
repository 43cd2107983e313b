/** An answer that is forwarded unchanged. Its body has not been read. */
export interface PassedAnswer {
  /** As the upstream gave them, `undefined` when it gave none. The length is in bytes. */
  readonly contentType: string | undefined;
  readonly contentLength: string | undefined;
  /** Rejects with an ApiError when the connection breaks. Ending the iteration early closes the connection. */
  readonly body: AsyncIterable<Uint8Array>;
}
