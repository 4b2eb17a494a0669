import type { Audit } from '#audit/index.ts';
import type { Clock } from '#kernel/index.ts';
import { callRefused } from '../events.ts';
import type { AccessLogger } from '../logger.ts';

/** A call that was refused before anything was done. */
export interface RefusedCall {
  readonly code: string;
  readonly status: number;
  readonly source: string;
  /** A registered application: proven, or named by whoever failed to prove it. */
  readonly client: string | undefined;
}

/**
 * Refused calls in the audit log, without letting a flood fill it: of equal ones (code, source, client) the first is
 * written at once, then once a minute how many more there were. The count of the last minute is lost when the process
 * ends.
 */
export interface RefusalTrail {
  /** Resolves when what is to be written now is durable. */
  record(call: RefusedCall): Promise<void>;
}

interface Series {
  readonly call: Omit<RefusedCall, 'source'> & { readonly source: string | undefined };
  readonly endsAtMs: number;
  more: number;
}

const MINUTE_MS = 60_000;
/** Different sources and applications told apart within a minute; the others are one series per code. */
const MOST_SERIES = 200;

export function createRefusalTrail(deps: {
  readonly audit: Audit;
  readonly clock: Clock;
  readonly logger: AccessLogger;
  readonly windowMs?: number;
}): RefusalTrail {
  const { audit, clock, logger, windowMs = MINUTE_MS } = deps;
  const open = new Map<string, Series>();
  let timer: NodeJS.Timeout | undefined;

  async function write({ call }: Series, more?: number): Promise<void> {
    await audit.record(callRefused, {
      actor: call.client === undefined ? undefined : `client:${call.client}`,
      client: call.client,
      source: call.source,
      outcome: 'refused',
      data: { code: call.code, status: call.status, more },
    });
  }

  async function writeEnded(): Promise<void> {
    const ended = [...open].filter(([, series]) => series.endsAtMs <= clock.nowMs());
    for (const [key] of ended) open.delete(key);
    const counted = ended.filter(([, { more }]) => more > 0);
    await Promise.all(counted.map(([, series]) => write(series, series.more)));
  }

  function schedule(): void {
    if (timer !== undefined || open.size === 0) return;
    timer = setTimeout(() => {
      timer = undefined;
      writeEnded()
        .catch((error: unknown) => logger.error({ error: String(error) }, 'access: refusals not recorded'))
        .finally(schedule);
    }, windowMs).unref();
  }

  return {
    async record(call) {
      await writeEnded();
      const own = `${call.code} ${call.source} ${call.client ?? ''}`;
      const isTold = open.has(own) || open.size < MOST_SERIES;
      const key = isTold ? own : call.code;
      const known = open.get(key);
      if (known) {
        known.more += 1;
        return;
      }
      const told = isTold ? call : { ...call, source: undefined, client: undefined };
      const series: Series = { call: told, endsAtMs: clock.nowMs() + windowMs, more: 0 };
      open.set(key, series);
      schedule();
      await write(series);
    },
  };
}
