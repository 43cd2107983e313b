/** Middleware: reads a JSON body within limits. Errors say what to do. */
import type { IncomingMessage } from 'node:http';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { APIUserAbortError, ApiError, BadRequestError } from '../../vocabulary/errors.js';
import { type ExcessiveCost, findExcessiveCost, MAX_DEPTH, MAX_NAMES, MAX_VALUES } from './json-cost.js';

/** A body above this size may be at most MAX_RATIO times as large as its compressed form. */
const RATIO_FROM_BYTES = 1024 * 1024;
const MAX_RATIO = 100;
/** Names that clients use for UTF-8 and for its subset ASCII. */
const UTF_8 = ['utf-8', 'utf8', 'utf_8', 'us-ascii', 'ascii'];

/** `maxListedNumbers`: numbers in lists that may come besides the values that every body may hold. */
export function readJson(limitBytes: number, maxListedNumbers = 0): RequestHandler {
  const verify = (req: IncomingMessage, _res: unknown, body: Buffer) =>
    verifyBody(req, body, maxListedNumbers);
  const parse = express.json({ limit: limitBytes, type: () => true, strict: false, verify });
  return (req: Request, res: Response, next: NextFunction): void => {
    cleanContentType(req);
    // `null` means that there is no body: the parser reports that.
    if (req.is(['json', '+json']) === false) {
      throw new ApiError(
        'unsupported_media_type',
        'Send the body as JSON, with the header `Content-Type: application/json`.',
      );
    }
    // A body whose Content-Length is too large is not read.
    if (Number(req.get('content-length')) > limitBytes) throw tooLarge(limitBytes);
    if (req.get('expect') !== undefined) res.writeContinue();
    if (req.get('content-encoding') !== undefined) countSentBytes(req, sentBytes);
    parse(req, res, (error?: unknown) =>
      next(error === undefined ? undefined : translate(error, limitBytes)),
    );
  };
}

/** JSON is UTF-8 whatever parameters follow its type. Other character sets stay, and are rejected by the parser. */
function cleanContentType({ headers }: Request): void {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(/[;,]/);
  const charset = parameters
    .map((one) => /^\s*charset\s*=(.*)$/.exec(one)?.[1]?.replaceAll(/[\s"']/g, ''))
    .find(Boolean);
  const isJson = /^\s*(application\/([\w.-]+\+)?|text\/)json\s*$/.test(type);
  if (isJson && (charset === undefined || UTF_8.includes(charset)))
    headers['content-type'] = 'application/json';
}

/** Bytes received of compressed bodies that are being read. */
const sentBytes = new WeakMap<IncomingMessage, number>();

function countSentBytes(req: IncomingMessage, counts: WeakMap<IncomingMessage, number>): void {
  req.on('data', (bytes: Uint8Array) => counts.set(req, (counts.get(req) ?? 0) + bytes.length));
}

/** Called with the decompressed body before it is parsed. body-parser changes the error that is thrown, hence the cause. */
function verifyBody(req: IncomingMessage, body: Buffer, maxListedNumbers: number): void {
  const sent = sentBytes.get(req) ?? body.length;
  if (body.length > RATIO_FROM_BYTES && body.length > MAX_RATIO * sent)
    throw new Error('refused', { cause: inflated() });
  const excess = findExcessiveCost(body, maxListedNumbers);
  if (excess !== undefined) throw new Error('refused', { cause: tooCostly(excess) });
}

function translate(error: unknown, limitBytes: number): unknown {
  const { type, status, cause } = error as { type?: string; status?: number; cause?: unknown };
  switch (type) {
    case 'entity.verify.failed':
      return cause;
    case 'entity.parse.failed':
      return new BadRequestError('The body is not valid JSON.', { code: 'invalid_json' });
    case 'entity.too.large':
      return tooLarge(limitBytes);
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return new ApiError(
        'unsupported_media_type',
        'Send the body as UTF-8, plain or compressed with gzip, deflate or br.',
      );
    case 'request.aborted':
      return new APIUserAbortError();
    default:
      return status !== undefined && status >= 400 && status < 500
        ? new BadRequestError('The body cannot be read.', { code: 'invalid_body', cause: error })
        : error;
  }
}

const RULES: Readonly<Record<ExcessiveCost, string>> = {
  depth: `is nested more than ${MAX_DEPTH} levels deep`,
  values: `holds more than ${MAX_VALUES} values`,
  names: `holds more than ${MAX_NAMES} different member names`,
};

function tooCostly(excess: ExcessiveCost): BadRequestError {
  return new BadRequestError(`The body ${RULES[excess]}.`, { code: 'invalid_body' });
}

function inflated(): ApiError {
  return new ApiError(
    'request_too_large',
    `The body is more than ${MAX_RATIO} times as large as it was sent; send it with less compression.`,
  );
}

function tooLarge(limitBytes: number): ApiError {
  return new ApiError('request_too_large', `The body is larger than ${limitBytes} bytes.`);
}
