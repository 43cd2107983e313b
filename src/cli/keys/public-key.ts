/** Tells whoever makes the first key that the well-known key ends with it. */
import { WELL_KNOWN_KEY } from '../../config/config.js';
import { PUBLIC_KEY_NAME } from '../../config/cross-checks.js';
import type { AdminClient, Answer } from './admin-client.js';
import type { Command } from './arguments.js';

const MAKES_KEYS: readonly string[] = ['add', 'invite', 'import'];

/** @returns what `run` returns, and a line if the public key was accepted before it and is not afterwards */
export async function withEndOfPublicKey(
  client: AdminClient,
  { name, json }: Command,
  run: () => Promise<string>,
): Promise<string> {
  if (json || !MAKES_KEYS.includes(name)) return run();
  const wasAccepted = await acceptsPublicKey(client);
  const text = await run();
  // The text has a key that cannot be shown again: a failure must not lose it.
  if (!wasAccepted || (await acceptsPublicKey(client).catch(() => true))) return text;
  return `${text}\n${WELL_KNOWN_KEY} is refused from now on: make a key for everybody who uses it, yourself included.`;
}

async function acceptsPublicKey(client: AdminClient): Promise<boolean> {
  const { data } = await client.ask('GET', '/keys');
  return (data as Answer[]).some(({ name, source }) => source === 'environment' && name === PUBLIC_KEY_NAME);
}
