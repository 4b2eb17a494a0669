import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect } from 'chai';
import { createShiftedClock } from '#kernel/index.ts';
import { createTracer, type Tracer } from '#tracing/index.ts';
import { startTestApp } from '../support/app.ts';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
  readonly status: { readonly code: number };
}

interface Posted {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[];
}

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const request = {
  method: 'GET',
  route: '/account',
  status: 200,
  requestId: 'ref-1',
  ms: 12.5,
  traceparent: `00-${TRACE}-${PARENT}-01`,
};

describe('traces', () => {
  let collector: Server;
  let url: string;
  /** Statuses of the next answers; then 200. */
  let answers: number[];
  let spans: Span[];
  let tokens: (string | undefined)[];
  const tracers: Tracer[] = [];

  before(async () => {
    collector = createServer((incoming, outgoing) => {
      void json(incoming).then(body => {
        const status = answers.shift() ?? 200;
        tokens.push(incoming.headers.authorization);
        if (status === 200)
          spans.push(
            ...(body as Posted).resourceSpans.flatMap(of => of.scopeSpans.flatMap(one => one.spans)),
          );
        outgoing.writeHead(status, { 'Content-Type': 'application/json' }).end('{}');
      });
    });
    await once(collector.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
  });
  beforeEach(() => {
    [answers, spans, tokens] = [[], [], []];
  });
  afterEach(async () => {
    for (const tracer of tracers.splice(0)) await tracer.close();
  });
  after(() => {
    collector.closeAllConnections();
    collector.close();
  });

  function tracer(more: { url?: string | undefined; percent?: number } = {}): Tracer {
    const settings = { url, headers: { authorization: 'Bearer of-the-collector' }, percent: 100, ...more };
    const made = createTracer({ settings, clock: createShiftedClock(), logger: { warn: () => undefined } });
    tracers.push(made);
    return made;
  }

  it('tell of a request under the trace of the proxy, with its times, and the token of the collector', async () => {
    const one = tracer();
    one.record(request);
    one.record({ ...request, status: 503, traceparent: undefined });
    await one.flush();
    const [first, second] = spans;
    expect(first).to.include({ traceId: TRACE, parentSpanId: PARENT, name: 'GET /account', kind: 2 });
    expect(first?.spanId).to.match(/^[\da-f]{16}$/u);
    const lasted = BigInt(first?.endTimeUnixNano ?? 0) - BigInt(first?.startTimeUnixNano ?? 0);
    expect(lasted).to.equal(12_500_000n);
    expect(first?.status.code).to.equal(0);
    expect(second?.status.code).to.equal(2);
    expect(second?.traceId)
      .to.match(/^[\da-f]{32}$/u)
      .and.not.equal(TRACE);
    expect(second).not.to.have.property('parentSpanId');
    expect(tokens).to.deep.equal(['Bearer of-the-collector']);
  });

  it('are not made where the proxy says no, and nowhere without an address', async () => {
    const one = tracer();
    one.record({ ...request, traceparent: `00-${TRACE}-${PARENT}-00` });
    await one.flush();
    const none = tracer({ url: undefined });
    none.record(request);
    await none.flush();
    expect(tokens).to.deep.equal([]);
  });

  it('wait while the collector is away or busy, are given up when it refuses them or there are too many', async () => {
    const one = tracer();
    answers = [503];
    for (let at = 0; at < 700; at += 1) one.record(request);
    await one.flush();
    expect(spans).to.have.length(0);
    await one.flush();
    expect(spans).to.have.length(700);
    answers = [400];
    one.record(request);
    await one.flush();
    expect(one.lost()).to.equal(1);
    for (let at = 0; at < 5000; at += 1) one.record(request);
    expect(one.lost()).to.equal(1 + 5000 - 4096);
    const away = tracer({ url: 'http://127.0.0.1:9/v1/traces' });
    away.record(request);
    await away.flush();
    expect(away.lost()).to.equal(0);
  });

  it('of the service name routes, and neither paths nor patients', async () => {
    const app = await startTestApp({ env: { TROUSSEAU_TRACES_URL: url, TROUSSEAU_PROXY_HOPS: '1' } });
    const headers = { traceparent: `00-${TRACE}-${PARENT}-01` };
    await (await fetch(`${app.issuer}/access/v1/records/pk-secret-patient?network=n`, { headers })).text();
    await app.destroy();
    const found = spans.find(({ traceId }) => traceId === TRACE);
    expect(found?.name).to.match(/^GET \/access\/v1\/records\/:/u);
    expect(JSON.stringify(spans)).not.to.include('pk-secret-patient');
  });
});
