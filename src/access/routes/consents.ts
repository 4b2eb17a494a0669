import type Router from '@koa/router';
import type { RouterContext } from '@koa/router';
import type { z } from 'zod';
import type { Clock } from '#kernel/index.ts';
import type { Caller } from '../caller.ts';
import type { Target } from '../facts/facts.ts';
import type { Closing, Consents } from '../records/consents.ts';
import type { Collected, Place } from '../records/guards.ts';
import { windowOf } from '../records/instants.ts';
import { patientKeySchema } from '../records/keys.ts';
import { networkRefused } from '../records/refusals.ts';
import { malformed, readAs } from '../malformed.ts';
import { bodyOf, queryOf, type Endpoint, type Handler } from './api.ts';
import * as bodies from './bodies.ts';

/** The network of the query or of the body, else the application's own. */
export function networkOf(ctx: RouterContext, caller: Caller, inBody?: string): string {
  const inQuery = queryOf(ctx, 'network');
  if (inQuery !== undefined && inBody !== undefined && inQuery !== inBody)
    throw malformed('network', 'invalid_value', 'Attendu : le même réseau que dans l’adresse.');
  const network = inQuery ?? inBody ?? caller.application.network;
  if (network === undefined) throw networkRefused();
  return readAs(bodies.idSchema, network, inBody === undefined ? 'query.network' : 'network');
}

const patientKeyOf = (ctx: RouterContext): string =>
  readAs(patientKeySchema, (ctx['params'] as { patientKey: string }).patientKey, 'path.patient_key');

function targetOf(ctx: RouterContext): Target {
  const { kind, id } = ctx['params'] as { kind: string; id: string };
  const name = readAs(bodies.idSchema, id, 'path.id');
  if (kind === 'account') return { account: name };
  if (kind === 'organisation') return { organisation: name };
  throw malformed('path.kind', 'invalid_value', 'Attendu : account, organisation.');
}

const targetIn = ({
  account,
  organisation,
}: z.output<typeof bodies.liftBody> | z.output<typeof bodies.oppositionBody>) => ({
  ...(account !== undefined && { account }),
  ...(organisation !== undefined && { organisation }),
});

const closed = ({ record, stillOpenTo }: Closing) => ({ ...record, still_has_access: stillOpenTo });

/** SPEC: contract §7, « Consents ». */
export function consentRoutes(
  router: Router,
  { endpoint, consents, clock }: { endpoint: Endpoint; consents: Consents; clock: Clock },
): void {
  const base = '/access/v1/records/:patientKey';

  /** One act: its body read by `schema`, its record, then what it does. */
  const act =
    <S extends z.ZodType<Collected & { network?: string | undefined }>>(
      schema: S,
      perform: (caller: Caller, place: Place, body: z.output<S>, ctx: RouterContext) => Promise<unknown>,
    ) =>
    async (ctx: RouterContext, caller: Caller) => {
      const patientKey = patientKeyOf(ctx);
      const body = readAs(schema, await bodyOf(ctx));
      return perform(caller, { network: networkOf(ctx, caller, body.network), patientKey }, body, ctx);
    };
  const on = (handler: Handler) => endpoint('access:consents', handler);

  router.get(
    base,
    on(async (ctx, caller) => {
      const patientKey = patientKeyOf(ctx);
      return consents.read(caller, { network: networkOf(ctx, caller), patientKey });
    }),
  );
  router.get(
    `${base}/history`,
    on(async (ctx, caller) => {
      const patientKey = patientKeyOf(ctx);
      return consents.history(caller, { network: networkOf(ctx, caller), patientKey });
    }),
  );
  router.put(
    `${base}/information`,
    on(act(bodies.informationBody, (caller, place, body) => consents.inform(caller, place, body))),
  );
  router.put(
    `${base}/consent`,
    on(act(bodies.actBody, (caller, place, body) => consents.consent(caller, place, body))),
  );
  router.delete(
    `${base}/consent`,
    on(
      act(bodies.actBody, async (caller, place, body) =>
        closed(await consents.withdraw(caller, place, body)),
      ),
    ),
  );
  router.put(
    `${base}/creator`,
    on(async (ctx, caller) => {
      const patientKey = patientKeyOf(ctx);
      const { account, network, ...body } = readAs(bodies.creatorBody, await bodyOf(ctx));
      const told = { ...body, by: body.by ?? account, at: body.at ?? clock.nowMs() };
      return consents.nameCreator(
        caller,
        { network: networkOf(ctx, caller, network), patientKey },
        account,
        told,
      );
    }),
  );
  router.put(
    `${base}/parties/:kind/:id`,
    on(
      act(bodies.entryBody, (caller, place, body, ctx) =>
        consents.authorise(caller, place, targetOf(ctx), windowOf(body), body),
      ),
    ),
  );
  router.delete(
    `${base}/parties/:kind/:id`,
    on(
      act(bodies.actBody, async (caller, place, body, ctx) =>
        closed(await consents.withdrawParty(caller, place, targetOf(ctx), body)),
      ),
    ),
  );
  router.put(
    `${base}/care-team/:kind/:id`,
    on(
      act(bodies.entryBody, (caller, place, body, ctx) =>
        consents.joinCareTeam(caller, place, targetOf(ctx), windowOf(body), body),
      ),
    ),
  );
  router.delete(
    `${base}/care-team/:kind/:id`,
    on(
      act(bodies.actBody, async (caller, place, body, ctx) =>
        closed(await consents.leaveCareTeam(caller, place, targetOf(ctx), body)),
      ),
    ),
  );
  router.post(
    `${base}/oppositions`,
    on(
      act(bodies.oppositionBody, async (caller, place, body, ctx) => {
        const span = { ...windowOf(body), emergency: body.emergency };
        const { id, ...closing } = await consents.oppose(caller, place, targetIn(body), span, body);
        ctx.status = 201;
        return { id, ...closed(closing) };
      }),
    ),
  );
  router.delete(
    `${base}/oppositions`,
    on(
      act(bodies.liftBody, (caller, place, body) =>
        consents.liftOpposition(
          caller,
          place,
          body.id === undefined ? targetIn(body) : { id: body.id },
          body,
        ),
      ),
    ),
  );
  router.delete(
    `${base}/oppositions/:id`,
    on(
      act(bodies.actBody, (caller, place, body, ctx) =>
        consents.liftOpposition(
          caller,
          place,
          { id: readAs(bodies.idSchema, (ctx['params'] as { id: string }).id, 'path.id') },
          body,
        ),
      ),
    ),
  );
}
