/** How one app, agent or library is pointed at this gateway. */

export interface AppSetup {
  readonly name: string;
  /** Where it is set, or what to run, in both languages. */
  readonly where: { readonly en: string; readonly zh: string };
  /** What a form asks for. */
  readonly settings?: readonly (readonly [label: string, value: string])[];
  /** A file, a command or a program. */
  readonly code?: string;
  /** Shown only where the gateway has this endpoint. */
  readonly needs?: string;
}

/** What a form asks for in most of them. */
export function usualSettings(
  baseUrl: string,
  model: string,
  key: string,
): NonNullable<AppSetup['settings']> {
  return [
    ['Base URL', baseUrl],
    ['API key', key],
    ['Model ID', model],
  ];
}

export function pretty(value: object): string {
  return JSON.stringify(value, null, 2);
}
