/** Reads a JSON body: only JSON, only so much, and with errors that say what to do. */
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { APIUserAbortError, ApiError, BadRequestError } from '../../errors.js';

export function readJson(limitBytes: number): RequestHandler {
  const parse = express.json({ limit: limitBytes, type: () => true, strict: false });
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

function translate(error: unknown, limitBytes: number): unknown {
  const { type, status } = error as { type?: string; status?: number };
  switch (type) {
    case 'entity.parse.failed':
      return new BadRequestError('The body is not valid JSON.', { code: 'invalid_json' });
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

function tooLarge(limitBytes: number): ApiError {
  return new ApiError(413, `The body is larger than ${limitBytes} bytes (BODY_LIMIT).`, {
    code: 'request_too_large',
  });
}
