/** Channels on a connection of their own, opened again whenever it is lost. */
import type { Redis } from 'ioredis';
import type { RedisLink } from './link.js';

const RETRY_MS = 500;

export interface SubscriberEvents {
  /** The channels are subscribed; messages since the previous connection were missed. */
  readonly onConnect: () => void;
  readonly onMessage: (message: string) => void;
}

export class Subscriber {
  #connection: Redis | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(
    private readonly link: RedisLink,
    private readonly channels: readonly string[],
    private readonly events: SubscriberEvents,
  ) {}

  /** Resolves after the first attempt; failures are tried again until `close`. */
  static async open(
    link: RedisLink,
    channels: readonly string[],
    events: SubscriberEvents,
  ): Promise<Subscriber> {
    const subscriber = new Subscriber(link, channels, events);
    await subscriber.#connect();
    return subscriber;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#connection?.disconnect();
  }

  async #connect(): Promise<void> {
    const connection = this.link.duplicateConnection();
    this.#connection = connection;
    if (connection === undefined) {
      this.#retry();
      return;
    }
    connection.on('error', () => undefined);
    connection.once('end', () => {
      if (connection === this.#connection) this.#retry();
    });
    connection.on('message', (_channel, message) => this.events.onMessage(message));
    try {
      await connection.connect();
      await connection.subscribe(...this.channels);
      this.events.onConnect();
    } catch {
      connection.disconnect();
    }
  }

  #retry(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#connect(), RETRY_MS).unref();
  }
}
