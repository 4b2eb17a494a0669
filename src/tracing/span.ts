import { randomBytes } from 'node:crypto';
import type { EndedRequest } from '#http/index.ts';

/** Where a span belongs: W3C Trace Context, https://www.w3.org/TR/trace-context/#traceparent-header */
export interface TracePlace {
  readonly traceId: string;
  readonly parentSpanId?: string;
  /** Whether who came before has decided to trace; `undefined` when nobody has. */
  readonly isSampled?: boolean;
}

/** A malformed header counts as none. */
export function readTraceparent(header: string | undefined): TracePlace {
  const found =
    /^(?!ff)[\da-f]{2}-(?!0{32})(?<trace>[\da-f]{32})-(?!0{16})(?<span>[\da-f]{16})-(?<flags>[\da-f]{2})(?:-|$)/u.exec(
      header ?? '',
    )?.groups;
  if (!found) return { traceId: randomBytes(16).toString('hex') };
  return {
    traceId: found['trace'] ?? '',
    parentSpanId: found['span'] ?? '',
    isSampled: (Number.parseInt(found['flags'] ?? '0', 16) & 1) === 1,
  };
}

/** SPAN_KIND_SERVER, STATUS_CODE_UNSET and STATUS_CODE_ERROR of opentelemetry-proto, trace.proto. */
const SERVER = 2;
const UNSET = 0;
const ERROR = 2;

/** One span in OTLP's JSON; attributes by the semantic conventions of HTTP. */
export function encodeSpan(request: EndedRequest, place: TracePlace, endMs: number): object {
  const { method, route, status, requestId, ms } = request;
  return {
    traceId: place.traceId,
    spanId: randomBytes(8).toString('hex'),
    ...(place.parentSpanId && { parentSpanId: place.parentSpanId }),
    name: `${method} ${route}`,
    kind: SERVER,
    startTimeUnixNano: nanoseconds(endMs - ms),
    endTimeUnixNano: nanoseconds(endMs),
    attributes: [
      text('http.request.method', method),
      text('http.route', route),
      { key: 'http.response.status_code', value: { intValue: String(status) } },
      text('trousseau.request_id', requestId),
    ],
    status: { code: status >= 500 ? ERROR : UNSET },
  };
}

/** What is posted: https://opentelemetry.io/docs/specs/otlp/#otlphttp-request */
export function encodeBatch(spans: readonly object[], instance: string): string {
  const resource = { attributes: [text('service.name', 'trousseau'), text('service.instance.id', instance)] };
  return JSON.stringify({
    resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'trousseau' }, spans }] }],
  });
}

const text = (key: string, value: string) => ({ key, value: { stringValue: value } });

/** Beyond what a number holds exactly, so the text is put together. */
const nanoseconds = (ms: number): string => String(BigInt(Math.round(ms * 1000)) * 1000n);
