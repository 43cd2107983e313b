/** Writes points in time in UTC. The page's script converts them to the viewer's time zone. Pure. */

/** `time`: 18:30:05 · `minute`: 18:30 · `date`: 2026-11-22 18:30 · `long`, `full`: with the year, `full` with seconds. */
export type TimeForm = 'time' | 'minute' | 'date' | 'long' | 'full';

export interface Moment {
  /** Value of the `datetime` attribute. */
  readonly iso: string;
  readonly text: string;
  readonly form: TimeForm;
}

export function toMoment(ms: number, form: TimeForm): Moment {
  const iso = new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
  const [day = '', clock = ''] = iso.slice(0, 19).split('T');
  const texts = {
    time: clock,
    minute: clock.slice(0, 5),
    date: `${day} ${clock.slice(0, 5)}`,
    long: `${day} ${clock.slice(0, 5)}`,
    full: `${day} ${clock}`,
  };
  return { iso, text: texts[form], form };
}
