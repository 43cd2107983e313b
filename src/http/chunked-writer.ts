/**
 * Writes a response's body in chunks, each as one string. Node's own framing hands four pieces to the socket for each chunk
 * (length, line break, text, line break) and gathers them again, which is a seventh of what an event costs. For that
 * it is told, once the head is made, that the body is not chunked. `test/http/chunked-writer.test.ts` compares the bytes.
 */
import type { ServerResponse } from 'node:http';

const LAST_CHUNK = '0\r\n\r\n';

export class ChunkedWriter {
  /** False for HTTP/1.0, whose bodies end with the connection. */
  readonly #isChunked: boolean;

  /** `writeHead` has been called, and nothing has been written. */
  constructor(private readonly res: ServerResponse) {
    this.#isChunked = res.chunkedEncoding;
    res.chunkedEncoding = false;
  }

  /** @returns false when the client has no room for more: `drain` tells when it has. */
  write(text: string): boolean {
    const bytes = Buffer.byteLength(text);
    return this.res.write(this.#frame(text, bytes), encodingOf(text, bytes));
  }

  /** Ends the body, with a last text in the same write. */
  end(text = ''): void {
    const bytes = Buffer.byteLength(text);
    const last = text === '' ? '' : this.#frame(text, bytes);
    this.res.end(this.#isChunked ? last + LAST_CHUNK : last, encodingOf(text, bytes));
  }

  #frame(text: string, bytes: number): string {
    return this.#isChunked ? `${bytes.toString(16)}\r\n${text}\r\n` : text;
  }
}

/** Text in ASCII needs no conversion. */
function encodingOf(text: string, bytes: number): 'latin1' | 'utf8' {
  return bytes === text.length ? 'latin1' : 'utf8';
}
