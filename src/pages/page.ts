/** Sends HTML pages: headers, language, and the data of the shared head, header and footer. */
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';
import type { Assets } from './assets.js';
import { acceptsGzip } from './gzip.js';
import { type Language, languageLinks, settleLanguage } from './language.js';
import { en } from './texts/en.js';
import { zh } from './texts/zh.js';

/** Data that all pages of this gateway share. `createApp` puts it into `app.locals.site`. */
export interface Site {
  readonly version: string;
  /** Whether answers are simulated. Pages say so. */
  readonly demo: boolean;
  readonly dashboardEnabled: boolean;
  readonly assets: Assets;
  /** Whether anybody has a key of their own: a member, or a name in API_KEYS. My page is in the navigation then. */
  readonly hasOwnKeys: () => boolean;
}

/** The variable `page` of views. */
export interface Page extends Omit<Site, 'assets' | 'hasOwnKeys'> {
  readonly hasOwnKeys: boolean;
  readonly lang: Language;
  /** The value of `<html lang>`. */
  readonly htmlLang: string;
  readonly t: Texts;
  readonly path: string;
  readonly languageLinks: Record<Language, string>;
  /** Returns the path of a file in `views/assets/`, with its version. */
  readonly asset: (file: string) => string;
}

export type Texts = typeof en;

const TEXTS: Record<Language, Texts> = { en, zh };
const HTML_LANG: Record<Language, string> = { en: 'en', zh: 'zh-CN' };

/** The texts that all pages share, and the texts of the pages in this folder. */
export function textsIn(language: Language): Texts {
  return TEXTS[language];
}

/** Renders `views/<view>.ejs` with `data` and with `page` for its head, header and footer. */
export function showPage(req: Request, res: Response, view: string, data: object = {}): void {
  const { assets, hasOwnKeys, ...site } = req.app.locals.site as Site;
  const lang = settleLanguage(req, res);
  const page: Page = {
    ...site,
    hasOwnKeys: hasOwnKeys(),
    lang,
    htmlLang: HTML_LANG[lang],
    t: TEXTS[lang],
    path: req.baseUrl + req.path,
    languageLinks: languageLinks(req),
    asset: assets.address,
  };
  if (!res.hasHeader('cache-control')) res.setHeader('cache-control', 'private, no-cache');
  res.render(view, { ...data, page }, (error, html) => {
    if (error) req.next?.(error);
    else sendHtml(req, res, html);
  });
}

/** Compresses if the client accepts gzip: a page that refreshes every few seconds costs a phone megabytes an hour otherwise. */
function sendHtml(req: Request, res: Response, html: string): void {
  res.type('html');
  if (!acceptsGzip(req, res)) {
    res.send(html);
    return;
  }
  gzip(html, (error, zipped) => {
    if (error) req.next?.(error);
    else res.set('content-encoding', 'gzip').send(zipped);
  });
}
