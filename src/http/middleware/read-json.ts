/** Reads a JSON body: only JSON, only so much, and with errors that say what to do. */
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { APIUserAbortError, ApiError, BadRequestError } from '../../errors.js';

/** Nobody writes JSON like that by hand, and what writes it again, here and upstream, fails on some thousand levels. */
const DEEPEST = 200;
const [QUOTE, BACKSLASH, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = Buffer.from('"\\{}[]');

export function readJson(limitBytes: number): RequestHandler {
  const parse = express.json({ limit: limitBytes, type: () => true, strict: false, verify: refuseDeep });
  return (req: Request, res: Response, next: NextFunction): void => {
    // Null: there is no body at all, which is not a question of its type.
    if (req.is(['json', '+json']) === false) {
      throw new ApiError(415, 'Send the body as JSON, with the header `Content-Type: application/json`.', {
        code: 'unsupported_media_type',
      });
    }
    // What says itself that it is too large is not read first.
    if (Number(req.get('content-length')) > limitBytes) throw tooLarge(limitBytes);
    if (req.get('expect') !== undefined) res.writeContinue();
    parse(req, res, (error?: unknown) =>
      next(error === undefined ? undefined : translate(error, limitBytes)),
    );
  };
}

function refuseDeep(_req: unknown, _res: unknown, body: Buffer): void {
  if (isDeeperThan(body, DEEPEST)) throw new Error('too deep');
}

/** By its bytes, before it is parsed: going through the values takes longer, and by recursion would fail itself. */
function isDeeperThan(json: Buffer, levels: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < json.length && depth <= levels; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) inString = !inString;
    else if (inString) at += byte === BACKSLASH ? 1 : 0;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
  }
  return depth > levels;
}

function translate(error: unknown, limitBytes: number): unknown {
  const { type, status } = error as { type?: string; status?: number };
  switch (type) {
    case 'entity.parse.failed':
      return new BadRequestError('The body is not valid JSON.', { code: 'invalid_json' });
    case 'entity.verify.failed':
      return tooDeep();
    case 'entity.too.large':
      return tooLarge(limitBytes);
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return new ApiError(415, 'Send the body as UTF-8, plain or compressed with gzip, deflate or br.', {
        code: 'unsupported_media_type',
      });
    case 'request.aborted':
      return new APIUserAbortError();
    default:
      return status !== undefined && status >= 400 && status < 500
        ? new BadRequestError('The body cannot be read.', { code: 'invalid_body', cause: error })
        : error;
  }
}

function tooDeep(): BadRequestError {
  return new BadRequestError(`The body is nested more than ${DEEPEST} levels deep.`, {
    code: 'invalid_body',
  });
}

function tooLarge(limitBytes: number): ApiError {
  return new ApiError(413, `The body is larger than ${limitBytes} bytes (BODY_LIMIT).`, {
    code: 'request_too_large',
  });
}
