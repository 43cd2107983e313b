/** The language of a page: the visitor's choice, otherwise the browser's, otherwise English. */
import type { Request, Response } from 'express';

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

const COOKIE = 'lang';
const ONE_YEAR_S = 365 * 24 * 60 * 60;

/** Reads `?lang=`, otherwise the cookie of an earlier `?lang=`, otherwise `Accept-Language`. */
export function languageOf(req: Request): Language {
  return chosen(req) ?? cookie(req) ?? accepted(req) ?? 'en';
}

/** As `languageOf`; also sets `Vary`, and a cookie for a year if the language was chosen with `?lang=`. */
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

/** The page's address in each language, with the rest of its query. */
export function languageLinks(req: Request): Record<Language, string> {
  const link = (language: Language) => {
    const query = queryOf(req);
    query.set('lang', language);
    return `?${query}`;
  };
  return { en: link('en'), zh: link('zh') };
}

/** Parses the query; Express's parser is switched off. */
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

/** The supported language with the highest weight. `zh-TW` gets simplified Chinese rather than English. */
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
