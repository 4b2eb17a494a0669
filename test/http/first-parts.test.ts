import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Router from '@koa/router';
import { expect } from 'chai';
import Koa, { type Middleware } from 'koa';
import { routesByFirstPart } from '../../src/http/first-parts.ts';

const PATHS = [
  '/',
  '/a',
  '/a/',
  '/A/b',
  '/a/b',
  '//a',
  '/%61',
  '/a.b/c',
  '/x/y',
  '/late/one',
  '/constructor',
  '/b',
];

/** What each path answers, by the name of the route. */
async function answersOf(part: Middleware): Promise<readonly string[]> {
  const app = new Koa();
  app.use(part);
  app.use(ctx => {
    ctx.body = 'next';
  });
  const answer = app.callback();
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await Promise.all(
      PATHS.map(async path => (await fetch(`http://127.0.0.1:${port}${path}`)).text()),
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function routerOf(...paths: readonly string[]): Router {
  const router = new Router();
  for (const path of paths)
    router.get(path, ctx => {
      ctx.body = path;
    });
  return router;
}

describe('a router that is asked by the first part of a path', () => {
  for (const paths of [['/'], ['/a', '/a/:id', '/a.b/c'], ['/:any/y', '/b'], ['/a{/:id}']])
    it(`answers as it does when asked for every path: ${paths.join(' ')}`, async () => {
      const [gated, plain] = await Promise.all([
        answersOf(routesByFirstPart(routerOf(...paths))),
        answersOf(routerOf(...paths).routes() as Middleware),
      ]);
      expect(gated).to.deep.equal(plain);
      expect(gated.some(answer => answer !== 'next')).to.equal(true);
    });

  it('knows routes that are added after it was mounted', async () => {
    const router = routerOf('/a');
    const part = routesByFirstPart(router);
    router.get('/late/:id', ctx => {
      ctx.body = 'late';
    });
    expect((await answersOf(part))[PATHS.indexOf('/late/one')]).to.equal('late');
  });

  it('does not compare a path with routes that begin otherwise', async () => {
    const router = routerOf('/a', '/a/:id');
    let asked = 0;
    const { match } = router;
    router.match = (...path) => {
      asked += 1;
      return match.apply(router, path);
    };
    await answersOf(routesByFirstPart(router));
    expect(asked).to.equal(PATHS.filter(path => /^\/a(\/|$)/iu.test(path)).length);
  });
});
