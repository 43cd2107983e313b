/** Which addresses belong to personal coding plans. Pure. */

/** Z.ai's and BigModel's bases, a reverse proxy in front of one included. `coding` is set for those of coding plans. */
export const OFFICIAL_BASE = /\/api\/(?<coding>coding\/)?paas\/v4(\/|$)/;

/** A personal coding plan is for one person and the coding tools that Z.ai lists. */
export function isCodingPlan(url: string): boolean {
  return OFFICIAL_BASE.exec(readPath(url))?.groups?.coding !== undefined;
}

/** The path as servers read it, so that no other spelling of an address makes it another product. */
function readPath(url: string): string {
  const path = new URL(url).pathname.replaceAll(/%[2-7][0-9a-f]/gi, decodeURIComponent);
  return path.replaceAll(/\/+/g, '/').toLowerCase();
}
