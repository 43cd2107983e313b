/** Rounds, and limits what an upstream claims so that sums cannot overflow. */
export function toPlausible(value = 0): number {
  return Math.min(Math.round(value), 1e9) || 0;
}
