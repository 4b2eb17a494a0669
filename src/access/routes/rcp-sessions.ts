import type Router from '@koa/router';
import type { RouterContext } from '@koa/router';
import { windowOf } from '../records/instants.ts';
import type { RcpSessions } from '../records/rcp-sessions.ts';
import { readAs } from '../malformed.ts';
import { bodyOf, type Endpoint } from './api.ts';
import { rcpSessionBody, removalBody, sessionIdSchema } from './bodies.ts';
import { networkOf } from './consents.ts';

const idOf = (ctx: RouterContext): string =>
  readAs(sessionIdSchema, (ctx['params'] as { id: string }).id, 'path.id');

export function rcpSessionRoutes(
  router: Router,
  { endpoint, rcpSessions }: { endpoint: Endpoint; rcpSessions: RcpSessions },
): void {
  const path = '/access/v1/rcp-sessions/:id';
  router.put(
    path,
    endpoint('access:consents', async (ctx, caller) => {
      const id = idOf(ctx);
      const { network, from, to, patients, participants, registrants, ...act } = readAs(
        rcpSessionBody,
        await bodyOf(ctx, 256 * 1024),
      );
      const session = {
        id,
        network: networkOf(ctx, caller, network),
        ...windowOf({ from, to }),
        patients,
        participants,
        ...(registrants?.length && { registrants }),
      };
      await rcpSessions.save(caller, session, act);
      return { id, network: session.network };
    }),
  );
  router.delete(
    path,
    endpoint('access:consents', async (ctx, caller) => {
      const body = await bodyOf(ctx);
      // A body is not asked for here; one that comes is whole.
      const isTold = typeof body !== 'object' || body === null || Object.keys(body).length > 0;
      await rcpSessions.remove(caller, idOf(ctx), isTold ? readAs(removalBody, body) : undefined);
    }),
  );
}
