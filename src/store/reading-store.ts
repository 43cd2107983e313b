/** Texts that one replica reads elsewhere for all. */
export interface ReadingStore {
  /** Whether the caller is to read it now: nobody else was within `ms`. Atomic. */
  claimReading(name: string, ms: number): Promise<boolean>;
  keepReading(name: string, text: string, ms: number): Promise<void>;
  /** @returns `undefined` when there is none, or no more */
  findReading(name: string): Promise<string | undefined>;
}
