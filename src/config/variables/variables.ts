/** Every variable there is. `Config`, `config.env` and the tables in docs/ are made of this table or compared with it. */
import type { z } from 'zod';
import { TRACING_NAMES } from '../tracing.js';
import { ACCESS, LIMITS, LISTENING } from './clients.js';
import { DATA, REPLICAS, USAGE, WATCHING } from './operation.js';
import { ANSWERS, MODELS, UPSTREAM } from './upstream.js';
import type { Section, Variable } from './variable.js';

/** In the order of `config.env` and the documents. */
export const SECTIONS: readonly Section[] = [
  ACCESS,
  UPSTREAM,
  MODELS,
  ANSWERS,
  LISTENING,
  LIMITS,
  USAGE,
  DATA,
  REPLICAS,
  WATCHING,
];

const TABLE = {
  ...ACCESS.variables,
  ...UPSTREAM.variables,
  ...MODELS.variables,
  ...ANSWERS.variables,
  ...LISTENING.variables,
  ...LIMITS.variables,
  ...USAGE.variables,
  ...DATA.variables,
  ...REPLICAS.variables,
  ...WATCHING.variables,
};

export type VariableName = keyof typeof TABLE;
export const VARIABLES: Readonly<Record<VariableName, Variable>> = TABLE;
export const VARIABLE_NAMES = Object.keys(TABLE) as readonly VariableName[];

/** The names that count: lower-case ones and those of OpenTelemetry included. */
export const KNOWN_NAMES: readonly string[] = [
  ...VARIABLE_NAMES,
  ...TRACING_NAMES,
  ...VARIABLE_NAMES.filter((name) => VARIABLES[name].hasLowerCaseName).map((name) => name.toLowerCase()),
];

type ValueOf<Row> = Row extends { readonly kind: z.ZodType<infer T, string> }
  ? Row extends { readonly default: string }
    ? T
    : T | undefined
  : never;

/** The value of every variable, by its field. */
export type Values = {
  readonly [Name in VariableName as (typeof TABLE)[Name]['field']]: ValueOf<(typeof TABLE)[Name]>;
};
