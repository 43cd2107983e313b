/** The one logger: lines for a person (DEBUG_MODE) or JSON lines. It is never handed a key, token, prompt or answer. */
import { type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from './config.js';

export type { Logger } from 'pino';

export function createLogger(
  { debugMode, logLevel }: Pick<Config, 'debugMode' | 'logLevel'>,
  destination: DestinationStream = process.stdout,
): Logger {
  const options = {
    level: logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: plainError },
  };
  if (!debugMode) return pino(options, destination);
  const forPeople = pretty({
    colorize: destination === process.stdout && process.stdout.isTTY === true,
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
    destination: destination as NodeJS.WritableStream,
  });
  return pino(options, forPeople);
}

/** What an error says, with its causes; never its other properties, where libraries keep whole requests and bodies. */
function plainError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const { type, message, stack } = pino.stdSerializers.err(error);
  return { type, message, stack, code: (error as NodeJS.ErrnoException).code };
}
