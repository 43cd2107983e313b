/** The one logger: lines for a person (DEBUG_MODE) or JSON lines. It is never handed a key, token, prompt or answer. */
import { type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from './config/config.js';

export type { Logger } from 'pino';

/**
 * Where no person watches, lines are gathered and written together, at the latest after LINES_WAIT_MS and when the process
 * ends: a write for each took up to a quarter of what a request costs, the more, the busier whoever reads them.
 */
const LINES_WAIT_MS = 100;
const GATHERED_BYTES = 8_192;
const FLUSH_MS = 1_000;
/** Where nobody reads them, newer lines are dropped from here on: a log is no reason to run out of memory. */
const MOST_BYTES = 16 * 1024 * 1024;

export function createLogger(
  { debugMode, logLevel }: Pick<Config, 'debugMode' | 'logLevel'>,
  destination: DestinationStream = process.stdout.isTTY ? process.stdout : gatheringStdout(),
): Logger {
  const options = {
    level: logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: plainError },
  };
  if (!debugMode) return pino(options, destination);
  const forPeople = pretty({
    colorize: destination === process.stdout,
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
    messageFormat: lineForPeople,
    // Shown by lineForPeople.
    ignore:
      'key,keyId,member,model,stream,status,outcome,ms,firstTokenMs,tokensIn,tokensOut,tokensCached,tokensReasoning,pricing,client,userAgent',
    destination: destination as NodeJS.WritableStream,
  });
  // Lines reach the destination within a turn of the loop.
  const flush = (done?: () => void) => setImmediate(() => flushDestination(destination, done));
  return pino(options, Object.assign(forPeople, { flush }));
}

/**
 * Writes what was gathered, before the process exits. At its exit pino writes again and again to a pipe whose reader is gone
 * (`npm start | head`), unless it has seen before that the reader is gone. Resolves after FLUSH_MS at the latest.
 */
export async function flushLog(log: Pick<Logger, 'flush'>): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, FLUSH_MS);
    log.flush(() => resolve());
  });
}

function flushDestination(destination: DestinationStream, done?: () => void): void {
  const { flush } = destination as { flush?: (done?: () => void) => void };
  if (flush === undefined) done?.();
  else flush.call(destination, done);
}

function gatheringStdout(): DestinationStream {
  return pino.destination({
    sync: false,
    minLength: GATHERED_BYTES,
    maxLength: MOST_BYTES,
    periodicFlush: LINES_WAIT_MS,
  });
}

/** What an error says, with its causes; never its other properties, where libraries keep whole requests and bodies. */
function plainError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const { type, message, stack } = pino.stdSerializers.err(error);
  return { type, message, stack, code: (error as NodeJS.ErrnoException).code };
}

/** A request's line: what a person looks for, in the order of looking; its id and code follow. */
function lineForPeople(line: Record<string, unknown>, messageKey: string): string {
  const message = String(line[messageKey] ?? '');
  if (line.outcome === undefined) return message;
  const first = line.firstTokenMs === undefined ? '' : `, first token after ${line.firstTokenMs} ms`;
  const tokens = line.tokensOut === undefined ? '' : `${line.tokensIn} → ${line.tokensOut} tokens`;
  const parts = [`${line.ms} ms${first}`, line.key, line.model, tokens, line.client, line.userAgent];
  return `${message} · ${parts.filter(Boolean).join(' · ')}`;
}
