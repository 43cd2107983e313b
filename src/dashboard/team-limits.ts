/** The limits of a member or key in words: one place for each kind of limit. Pure. */
import type { Format } from './format.js';
import type { DashboardTexts } from './texts/texts.js';

/** Limits that members, keys and keys of the environment may have. The form's fields are in `views/dashboard/team/limit-fields.ejs`. */
export interface Limited {
  readonly requestsPerMinute?: number | undefined;
}

export function describeLimits({ requestsPerMinute }: Limited, t: DashboardTexts, format: Format): string[] {
  return requestsPerMinute === undefined ? [] : [t.team.perMinute(format.number(requestsPerMinute))];
}
