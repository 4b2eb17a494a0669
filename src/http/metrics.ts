import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { AppError, equalsInConstantTime } from '#kernel/index.ts';
import type { Middleware } from 'koa';

export interface Metrics {
  readonly registry: Registry;
  observe(method: string, route: string, status: number, seconds: number): void;
  /** A number that is read when somebody looks. Labels are bounded by not having any. */
  gauge(name: string, help: string, read: () => number): void;
  /** Numbers that are read when somebody looks, one for each name that `read` gives. */
  family(spec: FamilySpec): void;
  readonly middleware: Middleware;
}

export interface FamilySpec {
  readonly name: string;
  readonly help: string;
  /** A counter only grows while the process lives. */
  readonly kind: 'gauge' | 'counter';
  readonly label: string;
  /** INVARIANT: the names are the code's own, never a caller's, so that their number is bounded. */
  read(): Iterable<readonly [name: string, value: number]>;
}

const METHODS = new Set(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']);

/** Prometheus metrics at `/metrics`, for whoever has the token; without a token there is no such page. */
export function createMetrics(token: string | undefined): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'trousseau_' });
  const seconds = new Histogram({
    name: 'trousseau_http_request_seconds',
    help: 'Time to answer, by route and class of status.',
    labelNames: ['route', 'class'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  const requests = new Counter({
    name: 'trousseau_http_requests_total',
    help: 'Requests answered, by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  });

  /** The two series of a kind of answer, found once: prom-client hashes the labels at each use otherwise. Bounded as they are. */
  const series = new Map<
    string,
    { readonly timer: { observe(value: number): void }; readonly counter: { inc(): void } }
  >();

  function seriesOf(method: string, route: string, status: number) {
    const known = METHODS.has(method) ? method : 'other';
    const key = `${known} ${route} ${status}`;
    const found = series.get(key);
    if (found) return found;
    const made = {
      timer: seconds.labels({ route, class: `${Math.floor(status / 100)}xx` }),
      counter: requests.labels({ method: known, route, status: String(status) }),
    };
    series.set(key, made);
    return made;
  }

  return {
    registry,
    observe(method, route, status, elapsed) {
      const { timer, counter } = seriesOf(method, route, status);
      timer.observe(elapsed);
      counter.inc();
    },
    gauge(name, help, read) {
      new Gauge({
        name: `trousseau_${name}`,
        help,
        registers: [registry],
        collect() {
          this.set(read());
        },
      });
    },
    family({ name, help, kind, label, read }) {
      const shared = { name: `trousseau_${name}`, help, labelNames: [label], registers: [registry] };
      if (kind === 'gauge')
        new Gauge({
          ...shared,
          collect() {
            this.reset();
            for (const [of, value] of read()) this.set({ [label]: of }, value);
          },
        });
      else
        new Counter({
          ...shared,
          collect() {
            this.reset();
            for (const [of, value] of read()) this.inc({ [label]: of }, value);
          },
        });
    },
    async middleware(ctx, next) {
      if (ctx.path !== '/metrics' || token === undefined) return next();
      if (!equalsInConstantTime(ctx.get('Authorization'), `Bearer ${token}`)) {
        ctx.set('WWW-Authenticate', 'Bearer realm="metrics"');
        throw new AppError({ code: 'http.unauthenticated', status: 401, publicMessage: 'Accès refusé.' });
      }
      ctx.type = registry.contentType;
      ctx.body = await registry.metrics();
    },
  };
}
