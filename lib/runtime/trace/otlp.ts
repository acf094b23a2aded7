/**
 * A trace as OTLP/JSON: identifiers in hex, 64-bit numbers as decimal texts, enumerations as numbers.
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
import type { JsonObject } from "../json.ts";
import type { AttributeValue, Span, Trace } from "./span.ts";

/** `SpanKind` and `StatusCode` of opentelemetry/proto/trace/v1/trace.proto. */
const KIND = { internal: 1, client: 3 } as const;
const STATUS_ERROR = 2;

/** An `ExportTraceServiceRequest`: what a collector takes at /v1/traces. */
export function otlpTrace({ id, run, spans }: Trace): JsonObject {
  const resource = {
    "service.name": run.workflow,
    "service.version": run.version,
    "deployment.environment.name": run.environment,
  };
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [
          { scope: { name: "espalier" }, spans: spans.map((span) => otlpSpan(id, span)) },
        ],
      },
    ],
  };
}

function otlpSpan(traceId: string, span: Span): JsonObject {
  return {
    traceId,
    spanId: span.id,
    ...(span.parent !== null && { parentSpanId: span.parent }),
    name: span.name,
    kind: KIND[span.kind],
    startTimeUnixNano: nanos(span.start),
    endTimeUnixNano: nanos(span.end),
    attributes: attributesOf(span.attributes),
    ...(span.events.length > 0 && {
      events: span.events.map(({ at, error }) => ({
        timeUnixNano: nanos(at),
        name: "exception",
        attributes: attributesOf({ "exception.type": error }),
      })),
    }),
    status: span.error === null ? {} : { code: STATUS_ERROR, message: span.error },
  };
}

/** Beyond 2^53, so never a number. */
function nanos(milliseconds: number): string {
  return String(BigInt(Math.round(milliseconds)) * 1_000_000n);
}

function attributesOf(attributes: Span["attributes"]): JsonObject[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: AttributeValue): JsonObject {
  switch (typeof value) {
    case "string":
      return { stringValue: value };
    case "boolean":
      return { boolValue: value };
    case "number":
      return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
    default:
      return { arrayValue: { values: value.map((each) => ({ stringValue: each })) } };
  }
}
