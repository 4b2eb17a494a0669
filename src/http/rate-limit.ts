import { AppError, type Clock } from '#kernel/index.ts';

export interface RateLimit {
  readonly max: number;
  readonly windowSeconds: number;
}

/** What has happened too often, counted in this process: a coarse bound against floods. What must hold exactly is counted in the store. */
export interface RateCounter {
  /** Seconds until `key` may go on; 0 when it may now. */
  waitOf(key: string): number;
  add(key: string): void;
}

/** More keys than this at once and the oldest are forgotten: memory stays bounded under a flood. */
const MAX_KEYS = 50_000;

/** At most `max` per key in a window that opens with the first of them. */
export function createRateCounter(clock: Clock, { max, windowSeconds }: RateLimit): RateCounter {
  const windows = new Map<string, { count: number; readonly endsAt: number }>();
  const current = (key: string) => {
    const window = windows.get(key);
    return window && window.endsAt > clock.now() ? window : undefined;
  };
  return {
    waitOf(key) {
      const window = current(key);
      return window && window.count >= max ? window.endsAt - clock.now() : 0;
    },
    add(key) {
      const window = current(key);
      if (window) {
        window.count += 1;
        return;
      }
      windows.delete(key);
      windows.set(key, { count: 1, endsAt: clock.now() + windowSeconds });
      const [oldest] = windows.keys();
      if (windows.size > MAX_KEYS && oldest !== undefined) windows.delete(oldest);
    },
  };
}

/** `http.too_many_requests` (429), with `Retry-After`. */
export function tooManyRequests(retryAfterSeconds: number): AppError {
  return new AppError({
    code: 'http.too_many_requests',
    status: 429,
    publicMessage: 'Trop de demandes en peu de temps.',
    hint: 'Patientez un instant puis recommencez.',
    retryAfterSeconds,
  });
}

/** What one caller holds of the network: its IPv4 address, or the /64 in which an IPv6 one may be changed at will. */
export function networkOfSource(source: string): string {
  if (!source.includes(':')) return source;
  const [head = '', tail] = source.split('::');
  const parts = (text: string) => text.split(':').filter(part => part !== '');
  const left = parts(head);
  const gap = tail === undefined ? 0 : Math.max(0, 8 - left.length - parts(tail).length);
  const whole = [...left, ...Array.from({ length: gap }, () => '0'), ...parts(tail ?? '')];
  return `${whole.slice(0, 4).join(':')}::/64`;
}
