/**
 * OpenTelemetry's standard variables that matter for traces over OTLP. As the standard asks, a value that cannot be used is
 * told and ignored. Source: OpenTelemetry's environment variable specification and OTLP exporter specification. Pure.
 */
import type { Environment } from './environment.js';

export interface TracingSettings {
  /** Where spans are posted to. */
  readonly url: string;
  readonly protocol: 'http/protobuf' | 'http/json';
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly compression: 'gzip' | 'none';
  /** Paths of PEM files. */
  readonly tls: {
    readonly ca: string | undefined;
    readonly cert: string | undefined;
    readonly key: string | undefined;
  };
  readonly serviceName: string;
  readonly resourceAttributes: Readonly<Record<string, string>>;
  readonly sampler: Sampler;
  readonly batch: {
    readonly delayMs: number;
    readonly timeoutMs: number;
    readonly maxQueueSize: number;
    readonly maxBatchSize: number;
  };
}

export interface Sampler {
  /** Which part of the traces that begin here is recorded, from 0 to 1. */
  readonly ratio: number;
  /** Whether a client's `traceparent` decides for its request. */
  readonly obeysParent: boolean;
}

export interface ReadTracing {
  /** `undefined` when no traces are exported. */
  readonly settings: TracingSettings | undefined;
  /** One for each value that is ignored. */
  readonly warnings: readonly string[];
}

const SAMPLERS: Readonly<Record<string, { ratio: number | 'argument'; obeysParent: boolean }>> = {
  always_on: { ratio: 1, obeysParent: false },
  always_off: { ratio: 0, obeysParent: false },
  traceidratio: { ratio: 'argument', obeysParent: false },
  parentbased_always_on: { ratio: 1, obeysParent: true },
  parentbased_always_off: { ratio: 0, obeysParent: true },
  parentbased_traceidratio: { ratio: 'argument', obeysParent: true },
};
const PROTOCOLS = ['http/protobuf', 'http/json'] as const;
const COMPRESSIONS = ['gzip', 'none'] as const;
const HEADER_TEXT = /^[\x20-\x7e]*$/;
const PRINTABLE = /^[^\p{Cc}]*$/u;
const LOCAL_COLLECTOR = 'http://localhost:4318';

/** Each has a form for traces alone, `OTEL_EXPORTER_OTLP_TRACES_…`, which takes precedence. */
const EXPORTER_VARIABLES = [
  'ENDPOINT',
  'PROTOCOL',
  'HEADERS',
  'TIMEOUT',
  'COMPRESSION',
  'CERTIFICATE',
  'CLIENT_CERTIFICATE',
  'CLIENT_KEY',
] as const;
type ExporterVariable = (typeof EXPORTER_VARIABLES)[number];

export const TRACING_NAMES: readonly string[] = [
  'OTEL_SDK_DISABLED',
  'OTEL_TRACES_EXPORTER',
  ...EXPORTER_VARIABLES.flatMap((name) => [
    `OTEL_EXPORTER_OTLP_${name}`,
    `OTEL_EXPORTER_OTLP_TRACES_${name}`,
  ]),
  'OTEL_SERVICE_NAME',
  'OTEL_RESOURCE_ATTRIBUTES',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG',
  'OTEL_BSP_SCHEDULE_DELAY',
  'OTEL_BSP_EXPORT_TIMEOUT',
  'OTEL_BSP_MAX_QUEUE_SIZE',
  'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
];

export function readTracing(environment: Environment): ReadTracing {
  const reader = new Reader(environment);
  const settings = isWanted(reader) ? readSettings(reader) : undefined;
  return { settings, warnings: reader.warnings };
}

function isWanted(reader: Reader): boolean {
  const disabled = reader.oneOf('OTEL_SDK_DISABLED', ['true', 'false'], 'false');
  const { text: endpoint } = reader.exporter('ENDPOINT');
  const exporter = reader.read('OTEL_TRACES_EXPORTER');
  if (disabled === 'true') return false;
  if (exporter === undefined) return endpoint !== undefined;
  const wanted = exporter.split(',').map((name) => name.trim().toLowerCase());
  const unknown = wanted.filter((name) => name !== 'otlp' && name !== 'none');
  if (unknown.length > 0) reader.ignore('OTEL_TRACES_EXPORTER', 'allowed: otlp or none');
  return wanted.includes('otlp');
}

function readSettings(reader: Reader): TracingSettings | undefined {
  const url = readUrl(reader);
  const protocol = readProtocol(reader);
  if (url === undefined || protocol === undefined) return undefined;
  const { 'service.name': serviceName = 'ztoapi', ...resourceAttributes } = reader.pairs(
    'OTEL_RESOURCE_ATTRIBUTES',
    PRINTABLE,
  );
  const maxQueueSize = reader.count('OTEL_BSP_MAX_QUEUE_SIZE', 2_048);
  return {
    url,
    protocol,
    headers: reader.pairs(reader.exporter('HEADERS').name, HEADER_TEXT),
    timeoutMs: reader.count(reader.exporter('TIMEOUT').name, 10_000),
    compression: reader.oneOf(reader.exporter('COMPRESSION').name, COMPRESSIONS, 'none'),
    tls: {
      ca: reader.exporter('CERTIFICATE').text,
      cert: reader.exporter('CLIENT_CERTIFICATE').text,
      key: reader.exporter('CLIENT_KEY').text,
    },
    serviceName: reader.read('OTEL_SERVICE_NAME') ?? serviceName,
    resourceAttributes,
    sampler: readSampler(reader),
    batch: {
      delayMs: reader.count('OTEL_BSP_SCHEDULE_DELAY', 5_000),
      timeoutMs: reader.count('OTEL_BSP_EXPORT_TIMEOUT', 30_000),
      maxQueueSize,
      maxBatchSize: Math.min(maxQueueSize, reader.count('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512)),
    },
  };
}

/** The general endpoint is a base, that of traces is used as it is. */
function readUrl(reader: Reader): string | undefined {
  const { name, text = LOCAL_COLLECTOR } = reader.exporter('ENDPOINT');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    reader.ignore(name, 'allowed: an http:// or https:// address; no traces are exported');
    return undefined;
  }
  if (!name.includes('_TRACES_')) url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/traces`;
  return url.href;
}

function readProtocol(reader: Reader): TracingSettings['protocol'] | undefined {
  const { name, text = 'http/protobuf' } = reader.exporter('PROTOCOL');
  const known = PROTOCOLS.find((protocol) => protocol === text.toLowerCase());
  if (known === undefined) reader.ignore(name, `allowed: ${PROTOCOLS.join(' or ')}; no traces are exported`);
  return known;
}

function readSampler(reader: Reader): Sampler {
  const standard = 'parentbased_always_on';
  const name = reader.oneOf('OTEL_TRACES_SAMPLER', Object.keys(SAMPLERS), standard);
  const { ratio, obeysParent } = SAMPLERS[name] ?? { ratio: 1, obeysParent: true };
  return { ratio: ratio === 'argument' ? readRatio(reader) : ratio, obeysParent };
}

function readRatio(reader: Reader): number {
  const text = reader.read('OTEL_TRACES_SAMPLER_ARG') ?? '1';
  const ratio = Number(text);
  if (ratio >= 0 && ratio <= 1) return ratio;
  reader.ignore('OTEL_TRACES_SAMPLER_ARG', 'allowed: a number from 0 to 1; 1 is used');
  return 1;
}

/** Reads values, and gathers warnings about those that are ignored. */
class Reader {
  readonly warnings: string[] = [];

  constructor(private readonly environment: Environment) {}

  read(name: string): string | undefined {
    return this.environment[name]?.trim() || undefined;
  }

  /** The variable for traces where it is set, else the general one. */
  exporter(variable: ExporterVariable): { name: string; text: string | undefined } {
    const own = `OTEL_EXPORTER_OTLP_TRACES_${variable}`;
    const name = this.read(own) === undefined ? `OTEL_EXPORTER_OTLP_${variable}` : own;
    return { name, text: this.read(name) };
  }

  oneOf<Value extends string>(name: string, allowed: readonly Value[], standard: Value): Value {
    const text = this.read(name)?.toLowerCase();
    const known = allowed.find((value) => value === text);
    if (text !== undefined && known === undefined)
      this.ignore(name, `allowed: ${allowed.join(', ')}; ${standard} is used`);
    return known ?? standard;
  }

  count(name: string, standard: number): number {
    const text = this.read(name);
    if (text === undefined) return standard;
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
    this.ignore(name, `allowed: a whole number from 1; ${standard} is used`);
    return standard;
  }

  /** `name=value,name=value`, percent-encoded as in the `baggage` header. `allowed` is what a decoded value may be. */
  pairs(name: string, allowed: RegExp): Readonly<Record<string, string>> {
    const pairs: Record<string, string> = {};
    for (const pair of this.read(name)?.split(',') ?? []) {
      if (pair.trim() === '') continue;
      const [, key, text = ''] = /^\s*([\w!#$%&'*+.^`|~-]+)\s*=(.*)$/s.exec(pair) ?? [];
      const value = decode(text.trim());
      if (key === undefined || value === undefined || !allowed.test(value)) {
        this.ignore(name, 'allowed: name=value,name=value, percent-encoded; other entries are left out');
      } else pairs[key] = value;
    }
    return pairs;
  }

  /** The value is not shown: it may hold a secret. */
  ignore(name: string, allowed: string): void {
    this.warnings.push(`${name}: the value cannot be used; ${allowed}.`);
  }
}

/** @returns `undefined` if the encoding is broken */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
