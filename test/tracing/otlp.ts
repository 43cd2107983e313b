/** Reads what an OTLP exporter posts, in protobuf or JSON. Written from opentelemetry-proto 1.7, without the SDK's own code. */

export interface Span {
  traceId: string;
  spanId: string;
  /** Empty for a root. */
  parentSpanId: string;
  name: string;
  /** 1: internal, 2: server, 3: client. */
  kind: number;
  startMs: number;
  endMs: number;
  attributes: Record<string, unknown>;
  events: string[];
  /** 0: unset, 2: error. */
  status: number;
  traceState: string;
  resource: Record<string, unknown>;
}

export function readSpans(contentType: string, body: Buffer): Span[] {
  return contentType.includes('json') ? readJson(JSON.parse(body.toString())) : readProtobuf(body);
}

// biome-ignore lint/suspicious/noExplicitAny: JSON of any shape
type Json = any;

function readJson({ resourceSpans }: Json): Span[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }: Json) =>
    scopeSpans.flatMap(({ spans }: Json) =>
      spans.map((span: Json) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        name: span.name,
        kind: span.kind,
        startMs: Number(BigInt(span.startTimeUnixNano) / 1_000n) / 1_000,
        endMs: Number(BigInt(span.endTimeUnixNano) / 1_000n) / 1_000,
        attributes: attributesOfJson(span.attributes),
        events: (span.events ?? []).map(({ name }: Json) => name),
        status: span.status?.code ?? 0,
        traceState: span.traceState ?? '',
        resource: attributesOfJson(resource.attributes),
      })),
    ),
  );
}

function attributesOfJson(attributes: Json = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }: Json) => [key, readJsonValue(value)]));
}

function readJsonValue(value: Json): unknown {
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(readJsonValue);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.boolValue ?? value.doubleValue;
}

function readProtobuf(body: Buffer): Span[] {
  return messages(body, 1).flatMap((resourceSpans) => {
    const resource = attributesOf(messages(resourceSpans, 1).flatMap((one) => messages(one, 1)));
    const spans = messages(resourceSpans, 2).flatMap((scope) => messages(scope, 2));
    return spans.map((span) => readSpan(span, resource));
  });
}

function readSpan(bytes: Buffer, resource: Record<string, unknown>): Span {
  const fields = readFields(bytes);
  const text = (number: number) => String(fields.get(number)?.[0] ?? '');
  const hex = (number: number) => ((fields.get(number)?.[0] as Buffer) ?? Buffer.alloc(0)).toString('hex');
  const ms = (number: number) => Number((fields.get(number)?.[0] as bigint) / 1_000n) / 1_000;
  const status = messages(bytes, 15)[0];
  return {
    traceId: hex(1),
    spanId: hex(2),
    parentSpanId: hex(4),
    name: text(5),
    kind: Number(fields.get(6)?.[0] ?? 0),
    startMs: ms(7),
    endMs: ms(8),
    attributes: attributesOf(messages(bytes, 9)),
    events: messages(bytes, 11).map((event) => String(readFields(event).get(2)?.[0])),
    status: Number((status && readFields(status).get(3)?.[0]) ?? 0),
    traceState: text(3),
    resource,
  };
}

function attributesOf(pairs: readonly Buffer[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [value] = messages(pair, 2);
      return [String(readFields(pair).get(1)?.[0]), value && readValue(value)];
    }),
  );
}

function readValue(bytes: Buffer): unknown {
  const fields = readFields(bytes);
  if (fields.has(1)) return String(fields.get(1)?.[0]);
  if (fields.has(2)) return fields.get(2)?.[0] === 1n;
  if (fields.has(3)) return Number(BigInt.asIntN(64, fields.get(3)?.[0] as bigint));
  if (fields.has(4)) return asDouble(fields.get(4)?.[0] as bigint);
  return messages(bytes, 5).flatMap((array) => messages(array, 1).map(readValue));
}

function asDouble(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

function messages(bytes: Buffer, number: number): Buffer[] {
  return (readFields(bytes).get(number) ?? []) as Buffer[];
}

/** The values of each field by its number: bytes, or a number as a bigint. */
function readFields(bytes: Buffer): Map<number, (Buffer | bigint)[]> {
  const fields = new Map<number, (Buffer | bigint)[]>();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('cut off');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number) => {
    if (at + length > bytes.length) throw new Error('cut off');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const wire = Number(tag & 7n);
    const number = Number(tag >> 3n);
    const value =
      wire === 0
        ? varint()
        : wire === 1
          ? take(8).readBigUInt64LE()
          : wire === 5
            ? BigInt(take(4).readUInt32LE())
            : take(Number(varint()));
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}
