/** Every HTML page: its headers, its language, and what the parts around its content show. */
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';
import type { Assets } from './assets.js';
import { type Language, languageLinks, settleLanguage } from './language.js';
import { en } from './texts/en.js';
import { zh } from './texts/zh.js';

/** The same for every page of this gateway; `createApp` puts it into `app.locals.site`. */
export interface Site {
  readonly version: string;
  /** Answers are simulated; pages say so. */
  readonly demo: boolean;
  readonly dashboardEnabled: boolean;
  readonly assets: Assets;
}

/** What views find in `page`. */
export interface Page extends Omit<Site, 'assets'> {
  readonly lang: Language;
  /** For `<html lang>`. */
  readonly htmlLang: string;
  readonly t: Texts;
  readonly path: string;
  readonly languageLinks: Record<Language, string>;
  /** The address of a file below `views/assets/`, with its version. */
  readonly asset: (file: string) => string;
}

export type Texts = typeof en;

const TEXTS: Record<Language, Texts> = { en, zh };
const HTML_LANG: Record<Language, string> = { en: 'en', zh: 'zh-CN' };

/** The texts that all pages share, and those of the pages in this folder. */
export function textsIn(language: Language): Texts {
  return TEXTS[language];
}

/** Renders `views/<view>.ejs` with `data` and, as `page`, what its head, header and footer need. */
export function showPage(req: Request, res: Response, view: string, data: object = {}): void {
  const { assets, ...site } = req.app.locals.site as Site;
  const lang = settleLanguage(req, res);
  const page: Page = {
    ...site,
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

/** Zipped for whoever takes it: a page that refreshes every few seconds would cost a phone megabytes an hour. */
function sendHtml(req: Request, res: Response, html: string): void {
  res.type('html');
  if (!takesGzip(req, res)) {
    res.send(html);
    return;
  }
  gzip(html, (error, zipped) => {
    if (error) req.next?.(error);
    else res.set('content-encoding', 'gzip').send(zipped);
  });
}

/** Told to caches as well. */
export function takesGzip(req: Request, res: Response): boolean {
  res.vary('Accept-Encoding');
  return req.acceptsEncodings('gzip') === 'gzip';
}
