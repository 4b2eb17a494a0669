import { randomInt } from 'node:crypto';
import { hostname } from 'node:os';
import type { EndedRequest } from '#http/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { TracingSettings } from './section.ts';
import { encodeBatch, encodeSpan, readTraceparent } from './span.ts';

export interface Tracer {
  /** Takes a request to be traced, or not. Never throws, never waits. */
  record(request: EndedRequest): void;
  /** How many spans were given up: more than the queue holds, or refused. */
  lost(): number;
  /** Sends what is waiting; what cannot be sent now goes with the next. */
  flush(): Promise<void>;
  /** Sends what is waiting, once. */
  close(): Promise<void>;
}

/** The part of the application's logger that this module uses. */
export interface TracingLogger {
  warn(fields: object, message: string): void;
}

const FLUSH_MS = 5_000;
/** A collector that is slower than this is as good as away: the process may be about to stop. */
const SEND_TIMEOUT_MS = 2_000;
const BATCH = 512;
/** Some minutes of a busy hour at a collector's absence; 2 MiB. */
const MOST_WAITING = 4_096;
/** Answers after which OTLP says to try again. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Without an address in the settings nothing is traced, and the tracer costs nothing. */
export function createTracer(deps: {
  readonly settings: TracingSettings;
  readonly clock: Clock;
  readonly logger: TracingLogger;
}): Tracer {
  const { settings, clock, logger } = deps;
  const { url, headers = {}, percent } = settings;
  const instance = `${hostname()}-${process.pid}`;
  const waiting: object[] = [];
  let lost = 0;
  let sending: Promise<void> | undefined;
  const timer = url === undefined ? undefined : setInterval(() => void flush(), FLUSH_MS).unref();

  async function send(address: string): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH);
      const outcome = await post(address, encodeBatch(batch, instance));
      if (outcome === 'later') return;
      // What came meanwhile stands behind the batch.
      waiting.splice(0, batch.length);
      if (outcome === 'refused') lost += batch.length;
    }
  }

  async function post(address: string, body: string): Promise<'sent' | 'later' | 'refused'> {
    try {
      const answer = await fetch(address, {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/json' },
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
      });
      await answer.body?.cancel();
      if (answer.ok) return 'sent';
      logger.warn({ status: answer.status }, 'traces: the collector refused spans');
      return PASSING.has(answer.status) ? 'later' : 'refused';
    } catch (error) {
      logger.warn({ error: String(error) }, 'traces: the collector cannot be reached');
      return 'later';
    }
  }

  function flush(): Promise<void> {
    if (url === undefined) return Promise.resolve();
    sending ??= send(url).finally(() => (sending = undefined));
    return sending;
  }

  return {
    record(request) {
      if (url === undefined) return;
      const place = readTraceparent(request.traceparent);
      if (!(place.isSampled ?? randomInt(100) < percent)) return;
      // The oldest are what explains how it began.
      if (waiting.length >= MOST_WAITING) lost += 1;
      else waiting.push(encodeSpan(request, place, clock.nowMs()));
    },
    lost: () => lost,
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}
