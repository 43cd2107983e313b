/** Writes the events of one stream, with sequence numbers from 0. */
export class EventWriter {
  #next = 0;

  write(type: string, fields: object): string {
    return this.writeJson(type, JSON.stringify(fields));
  }

  /** The same for fields that are JSON already, so that callers can reuse it for several events. */
  writeJson(type: string, fields: string): string {
    const head = `event: ${type}\ndata: {"type":"${type}","sequence_number":${this.#next}`;
    this.#next += 1;
    return `${head},${fields.slice(1)}\n\n`;
  }
}
