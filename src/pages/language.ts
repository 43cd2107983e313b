/** In which language a page is shown: what the visitor chose, else what the browser asks for, else English. */
import type { Request, Response } from 'express';

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

const COOKIE = 'lang';
const ONE_YEAR_S = 365 * 24 * 60 * 60;

/** `?lang=`, else the cookie that a former `?lang=` left, else `Accept-Language`. */
export function languageOf(req: Request): Language {
  return chosen(req) ?? cookie(req) ?? accepted(req) ?? 'en';
}

/** The same, told to caches and remembered for a year where it was chosen with `?lang=`. */
export function settleLanguage(req: Request, res: Response): Language {
  const language = languageOf(req);
  res.vary('Accept-Language');
  res.vary('Cookie');
  res.setHeader('content-language', language);
  if (chosen(req)) {
    res.cookie(COOKIE, language, { maxAge: ONE_YEAR_S * 1000, sameSite: 'lax', httpOnly: true, path: '/' });
  }
  return language;
}

/** A page's own address in each language, with the rest of its query kept. */
export function languageLinks(req: Request): Record<Language, string> {
  const link = (language: Language) => {
    const query = queryOf(req);
    query.set('lang', language);
    return `?${query}`;
  };
  return { en: link('en'), zh: link('zh') };
}

/** The query; Express's own parser is off. */
export function queryOf(req: Request): URLSearchParams {
  const start = req.originalUrl.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : req.originalUrl.slice(start + 1));
}

function chosen(req: Request): Language | undefined {
  return known(queryOf(req).get('lang'));
}

function cookie(req: Request): Language | undefined {
  return known(/(?:^|; *)lang=(\w+)/.exec(req.get('cookie') ?? '')?.[1]);
}

/** The first of them, by weight, that there is: `zh-TW` is better served by simplified Chinese than by English. */
function accepted(req: Request): Language | undefined {
  for (const tag of req.acceptsLanguages()) {
    const language = known(tag.slice(0, 2).toLowerCase());
    if (language) return language;
  }
  return undefined;
}

function known(value: string | null | undefined): Language | undefined {
  return LANGUAGES.find((language) => language === value);
}
