/** Writes the events of one stream, counted from 0. */
export class EventWriter {
  #next = 0;

  write(type: string, fields: object): string {
    return this.writeJson(type, JSON.stringify(fields));
  }

  /** The same for fields that are JSON already: what many events share is written once. */
  writeJson(type: string, fields: string): string {
    const head = `event: ${type}\ndata: {"type":"${type}","sequence_number":${this.#next}`;
    this.#next += 1;
    return `${head},${fields.slice(1)}\n\n`;
  }
}
