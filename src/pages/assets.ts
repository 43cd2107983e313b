/** Styles, scripts and icons of the pages: the files of `views/assets/` and a few out of packages, all from this origin. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { acceptsGzip } from './gzip.js';
import { queryOf } from './language.js';

export interface Assets {
  /** `/assets/<file>?v=…`; throws for a file that is not there. */
  readonly address: (file: string) => string;
  /** GET /assets/:file */
  readonly serve: RequestHandler;
}

interface Asset {
  readonly type: string;
  readonly content: Buffer;
  readonly zipped: Buffer;
  readonly version: string;
}

const FOLDER = fileURLToPath(new URL('../../views/assets', import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** Name under /assets → a package and the ES module beside its main file. */
const VENDOR: Readonly<Record<string, readonly [inPackage: string, module: string]>> = {
  'marked.js': ['marked', 'marked.esm.js'],
  'dompurify.js': ['dompurify', 'purify.es.mjs'],
};
const ONE_YEAR_S = 365 * 24 * 60 * 60;

let loaded: Assets | undefined;

/** The files, read at the first call. */
export function loadAssets(): Assets {
  loaded ??= readAssets();
  return loaded;
}

/**
 * Reads and compresses all files once: they are a dozen small ones, a request touches no file, and only these names exist.
 * docs/decisions/2026-11-28-assets-from-memory.md says why no static-file package does it.
 */
function readAssets(): Assets {
  const assets = new Map<string, Asset>();
  for (const file of readdirSync(FOLDER)) {
    if (TYPES[path.extname(file)]) assets.set(file, read(path.join(FOLDER, file), file));
  }
  const { resolve } = createRequire(import.meta.url);
  for (const [name, [inPackage, module]] of Object.entries(VENDOR)) {
    assets.set(name, read(path.join(path.dirname(resolve(inPackage)), module), name));
  }
  return {
    address: (file) => {
      const asset = assets.get(file);
      if (asset === undefined) throw new Error(`There is no ${file} in views/assets.`);
      return `/assets/${file}?v=${asset.version}`;
    },
    serve: (req: Request, res: Response, next: NextFunction) => {
      const asset = assets.get(String(req.params.file));
      if (asset === undefined) next('route');
      else send(asset, req, res);
    },
  };
}

function send({ type, content, zipped, version }: Asset, req: Request, res: Response): void {
  // Immutable only under its own version: during a rollout a page of another replica may ask for another version here.
  const named = queryOf(req).get('v') === version;
  res.set({
    'content-type': type,
    'cache-control': named ? `public, max-age=${ONE_YEAR_S}, immutable` : 'public, no-cache',
    // Weak, since it stands for the compressed and the plain form.
    etag: `W/"${version}"`,
    'x-content-type-options': 'nosniff',
  });
  const asGzip = acceptsGzip(req, res);
  if (req.fresh) res.status(304).end();
  else if (asGzip) res.set('content-encoding', 'gzip').end(zipped);
  else res.end(content);
}

function read(file: string, name: string): Asset {
  // Developer tools would report the source map that this line points to as missing.
  const content = Buffer.from(readFileSync(file, 'utf8').replace(/\n\/\/# sourceMappingURL=\S*\s*$/, '\n'));
  return {
    type: TYPES[path.extname(name)] ?? '',
    content,
    zipped: gzipSync(content),
    version: createHash('sha256').update(content).digest('hex').slice(0, 12),
  };
}
