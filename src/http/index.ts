/**
 * The Koa shell around everything: request names and log, host pinning, security headers, error rendering, CSRF,
 * bodies and forms with their bounds, rate limits, pages and assets, health and metrics. Knows no feature: modules
 * bring routers, `app.ts` mounts them.
 */
import path from 'node:path';
import type { RequestListener } from 'node:http';
import type { Clock, Sealer } from '#kernel/index.ts';
import type Router from '@koa/router';
import Koa, { type Context, type Middleware } from 'koa';
import { receive, sourceOf } from './arrival.ts';
import { createAssets } from './assets.ts';
import { createCsrf } from './csrf.ts';
import { renderErrors } from './errors.ts';
import { parseForm, type Form, type FormBounds } from './form.ts';
import { routesByFirstPart } from './first-parts.ts';
import { createHealth, type Health } from './health.ts';
import { readInlineAssets } from './inline-assets.ts';
import type { HttpLogger } from './logger.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createPages, type PageFrame, type Pages } from './pages.ts';
import { trackRequests, type EndedRequest } from './requests.ts';
import { securityHeaders } from './security.ts';
import { parseUpload, type Upload } from './upload.ts';

export { listen, listenOnSocket, type Listener, type MakeServer } from './listener.ts';
export { readBody, readBytes, readJson } from './body.ts';
export { allowImagesFrom } from './security.ts';
export { createRateCounter, networkOfSource, tooManyRequests } from './rate-limit.ts';
export { sourceOf } from './arrival.ts';
export { echoRequestId, requestIdOf, type EndedRequest } from './requests.ts';
export { parseForm, type Form, type FormBounds } from './form.ts';
export { statusError } from './problem.ts';
export type { HttpLogger } from './logger.ts';
export type { Upload, UploadedFile } from './upload.ts';
export type { PageFrame, PageRegion, PageSession } from './pages.ts';

export interface HttpDeps {
  /** The public address: scheme, host and port. */
  readonly issuer: string;
  /** Other `Host` values that are this very service (a demonstration's `127.0.0.1:3000`). */
  readonly otherHosts: readonly string[];
  readonly proxyHops: number;
  readonly metricsToken: string | undefined;
  readonly viewsFolder: string;
  readonly frame: PageFrame;
  /**
   * True where each connection is dear (a card signs it): a page then holds its styles and icons itself, has no
   * script, and is one request.
   */
  readonly isSelfContained?: boolean;
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly logger: HttpLogger;
  /** Is told of each request when it has ended. */
  readonly onEnd?: (request: EndedRequest) => void;
}

export interface Http {
  readonly health: Health;
  readonly metrics: Metrics;
  /** Adds what answers some of the requests, after all that was added before. */
  use(part: Middleware | Router): void;
  render: Pages['render'];
  /**
   * Reads a posted form and verifies its CSRF token; `bounds` for one in which a whole text is written. Throws as
   * `parseForm`, and `http.csrf_failed` (403).
   */
  readForm(ctx: Context, bounds?: FormBounds): Promise<Form>;
  /** The same for a form with one file of at most `maxBytes`. Throws as `parseUpload`, and `http.csrf_failed` (403). */
  readUpload(ctx: Context, maxBytes: number): Promise<Upload>;
  /** The address of the caller: the socket's, or with declared proxies the one that they saw. */
  source(ctx: Context): string;
  /** 303 See Other: after a form, and to another page. */
  redirect(ctx: Context, to: string): void;
  listener(): RequestListener;
}

export function createHttp(deps: HttpDeps): Http {
  const { issuer, clock, sealer, logger, frame } = deps;
  const isSecure = issuer.startsWith('https:');
  // Koa may believe the forwarded headers: `receive` has replaced them by what is true.
  const app = new Koa({ proxy: true });
  const assets = createAssets(path.join(deps.viewsFolder, 'assets'));
  const csrf = createCsrf({ sealer, origin: issuer });
  const inline = deps.isSelfContained ? readInlineAssets(assets) : undefined;
  const pages = createPages({
    folder: deps.viewsFolder,
    assets,
    csrf,
    frame,
    inline,
    nowMs: () => clock.nowMs(),
  });
  const metrics = createMetrics(deps.metricsToken);
  const health = createHealth(logger);
  metrics.gauge('ready', 'What the last probe of /health/ready was told: 1 or 0.', () =>
    Number(health.wasReady()),
  );

  app.on('error', (error: unknown) => logger.error({ error: String(error) }, 'unhandled in the shell'));
  app.use(trackRequests({ ...deps, metrics, nowMs: () => performance.now() }));
  app.use(securityHeaders({ isSecure, styleDigest: inline?.styleDigest }));
  app.use(renderErrors({ pages, logger }));
  // Probes come by the machine's address; they say nothing, so no host is pinned for them.
  app.use(health.middleware);
  app.use(metrics.middleware);
  app.use(receive(deps));
  app.use(assets.middleware);

  return {
    health,
    metrics,
    use: part => void app.use(typeof part === 'function' ? part : routesByFirstPart(part)),
    render: pages.render,
    async readForm(ctx, bounds) {
      const form = await parseForm(ctx, bounds);
      csrf.verify(ctx, form);
      return form;
    },
    async readUpload(ctx, maxBytes) {
      const upload = await parseUpload(ctx, maxBytes);
      csrf.verify(ctx, upload.form);
      return upload;
    },
    source: sourceOf,
    redirect(ctx, to) {
      ctx.redirect(to);
      ctx.status = 303;
    },
    listener: () => app.callback(),
  };
}
