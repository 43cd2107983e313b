/** Which addresses belong to personal coding plans. Pure. */

/** Z.ai's and BigModel's bases, a reverse proxy in front of one included. `coding` is set for those of coding plans. */
export const OFFICIAL_BASE = /\/api\/(?<coding>coding\/)?paas\/v4(\/|$)/;

/** A personal coding plan is for one person and the coding tools that Z.ai lists. */
export function isCodingPlan(url: string): boolean {
  return OFFICIAL_BASE.exec(new URL(url).pathname)?.groups?.coding !== undefined;
}
