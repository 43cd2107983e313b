/** The set-up of an app, agent or library for this gateway. */

export interface AppSetup {
  readonly name: string;
  /** Where the settings are, or what to run, in both languages. */
  readonly where: { readonly en: string; readonly zh: string };
  /** Labels and values of a form. */
  readonly settings?: readonly (readonly [label: string, value: string])[];
  /** The text of a file, a command or a program. */
  readonly code?: string;
  /** Commands for the terminal, where `code` is a file that does not hold the key. */
  readonly shell?: string;
  /** The endpoint that the app needs. The set-up is shown if the gateway has it. */
  readonly needs?: string;
}

/** The settings of most forms. */
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
