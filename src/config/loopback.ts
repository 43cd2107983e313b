/** @returns whether `host` (HOST) lets only this machine connect. */
export function isLoopbackHost(host: string): boolean {
  return /^(127\.|::1$|localhost$)/.test(host);
}
