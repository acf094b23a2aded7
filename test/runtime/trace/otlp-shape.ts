/**
 * The shape of an `ExportTraceServiceRequest` in OTLP/JSON, as its proto files and the rules of its
 * JSON encoding give it: what a collector takes. Strict: a field that is not in the proto is refused.
 */
import { z } from "zod";

const Hex = (digits: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-f]{${digits}}$`))
    .refine((id) => !/^0+$/.test(id), "all zeros is no identifier");
/** A 64-bit number: a decimal text. */
const Decimal = z.string().regex(/^(0|[1-9]\d*)$/);

const Scalar = [
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ boolValue: z.boolean() }),
  z.strictObject({ intValue: z.string().regex(/^-?(0|[1-9]\d*)$/) }),
  z.strictObject({ doubleValue: z.number() }),
] as const;
const AnyValue = z.union([
  ...Scalar,
  z.strictObject({ arrayValue: z.strictObject({ values: z.array(z.union(Scalar)) }) }),
]);
const Attributes = z
  .array(z.strictObject({ key: z.string().min(1), value: AnyValue }))
  .refine((all) => new Set(all.map(({ key }) => key)).size === all.length, "a key stands twice");

const Span = z
  .strictObject({
    traceId: Hex(32),
    spanId: Hex(16),
    parentSpanId: Hex(16).optional(),
    name: z.string().min(1),
    /** UNSPECIFIED to CONSUMER. */
    kind: z.int().min(0).max(5),
    startTimeUnixNano: Decimal,
    endTimeUnixNano: Decimal,
    attributes: Attributes,
    events: z
      .array(z.strictObject({ timeUnixNano: Decimal, name: z.string(), attributes: Attributes }))
      .optional(),
    /** UNSET, OK, ERROR. */
    status: z.strictObject({
      code: z.int().min(0).max(2).optional(),
      message: z.string().optional(),
    }),
  })
  .refine(
    ({ startTimeUnixNano: start, endTimeUnixNano: end }) => BigInt(start) <= BigInt(end),
    "ends before it begins",
  );

export const OtlpTrace = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes: Attributes }),
      scopeSpans: z.array(
        z.strictObject({ scope: z.strictObject({ name: z.string() }), spans: z.array(Span) }),
      ),
    }),
  ),
});
export type OtlpSpan = z.infer<typeof Span>;

/** The spans of an export; fails unless they are one tree with one root. */
export function spansOf(exported: unknown): OtlpSpan[] {
  const { resourceSpans } = OtlpTrace.parse(exported);
  const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((each) => each.spans));
  const ids = new Set(spans.map(({ spanId }) => spanId));
  if (ids.size !== spans.length) throw new Error("a span's id stands twice");
  if (new Set(spans.map(({ traceId }) => traceId)).size !== 1) throw new Error("several traces");
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
  if (roots.length !== 1) throw new Error(`${roots.length} roots`);
  for (const { parentSpanId } of spans) {
    if (parentSpanId !== undefined && !ids.has(parentSpanId))
      throw new Error("a parent is missing");
  }
  return spans;
}
