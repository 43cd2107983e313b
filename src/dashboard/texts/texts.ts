/** The dashboard's texts by language. */
import type { Language } from '../../pages/language.js';
import { en } from './en.js';
import { zh } from './zh.js';

export type DashboardTexts = typeof en;

export const TEXTS: Readonly<Record<Language, DashboardTexts>> = { en, zh };
