/**
 * OpenTelemetry traces of requests, when an address is configured: one span a request, sent by OTLP/HTTP (JSON).
 * Owns the encoding, the queue and its bounds. Does not decide what a span says of a request: `http/` names it, by its
 * route and never by its path. What cannot be sent is dropped and counted; no request waits for it.
 */
export { createTracer, type Tracer } from './tracer.ts';
export { tracingSection } from './section.ts';
