import { hashToken, randomId, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import Router from '@koa/router';

/** A browser on its way to end the provider's session, and from there to where the sign-out leads. */
interface DepartureDoc extends Doc {
  readonly id: string;
  /** Holds the ID token as hint. */
  readonly address: string;
  readonly returnTo: string;
  readonly expiresAt: number;
}

const spec: CollectionSpec<DepartureDoc> = {
  name: 'method_upstream_departures',
  version: 1,
  indexes: {},
  sealed: ['address', 'returnTo'],
};

const VALID_SECONDS = 600;
/** Where a sign-out leads whose way back is lost. */
const FRONT_DOOR = '/';

export interface Departures {
  /** Our own address from which the browser goes there, and later on to `returnTo`. */
  open(address: string, returnTo: string): Promise<string>;
  /** `GET /departure/<id>/<key>` on the way out, `GET /departure/<id>` (the registered address) on the way back. */
  readonly routes: Router;
}

/**
 * The way of a sign-out through the provider. SECURITY: where it leads was decided by the sign-out and is kept here, so
 * that no address of a query is ever followed; the provider's answer may come without `state` (domain §5), so a cookie
 * of this path finds it again.
 */
export function createDepartures(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly method: string;
  readonly issuer: string;
}): Departures {
  const { clock, method, issuer } = deps;
  const departures = deps.store.collection(spec);
  const path = `/departure/${method}`;
  const cookie = `trousseau_departure_${method}`;
  const attributes = { path, httpOnly: true, sameSite: 'lax', secure: issuer.startsWith('https:') } as const;
  const idOf = (key: string) => hashToken(`${method}\n${key}`);

  const routes = new Router();
  routes.get(`${path}/:key`, async ctx => {
    const key = ctx.params['key'] ?? '';
    const found = await departures.get(idOf(key));
    if (found) ctx.cookies.set(cookie, key, attributes);
    ctx.status = 303;
    ctx.redirect(found?.address ?? FRONT_DOOR);
  });
  routes.get(path, async ctx => {
    const key = ctx.cookies.get(cookie) ?? '';
    const found = await departures.consume(idOf(key));
    ctx.cookies.set(cookie, null, attributes);
    ctx.status = 303;
    ctx.redirect(found?.returnTo ?? FRONT_DOOR);
  });

  return {
    async open(address, returnTo) {
      const key = randomId();
      const expiresAt = clock.now() + VALID_SECONDS;
      await departures.insert({ id: idOf(key), address, returnTo, expiresAt });
      return `${issuer}${path}/${key}`;
    },
    routes,
  };
}
