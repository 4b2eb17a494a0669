import Router, { type RouterContext } from '@koa/router';
import { AppError, isAppError, type Clock } from '#kernel/index.ts';
import type { Decider } from '../decide.ts';
import type { Consents } from '../records/consents.ts';
import type { PatientKeys } from '../records/patient-keys.ts';
import type { RcpSessions } from '../records/rcp-sessions.ts';
import type { Search } from '../search/search.ts';
import { readAs } from '../malformed.ts';
import { requestSchema } from '../request.ts';
import type { Directory } from '#directory/index.ts';
import { bodyOf, createEndpoint } from './api.ts';
import type { CallGuard } from './call-guard.ts';
import { linkBody, patientKeyBody } from './bodies.ts';
import { consentRoutes, networkOf } from './consents.ts';
import { evaluateAll } from './evaluations.ts';
import { metadataRoutes, type SignClaims } from './metadata.ts';
import { rcpSessionRoutes } from './rcp-sessions.ts';
import { searchRoutes } from './search.ts';

export { echoRequestIds } from './api.ts';
export { createCallGuard, type CallGuard } from './call-guard.ts';
export type { ApiCallers } from './gate.ts';
export type { SignClaims } from './metadata.ts';

/** Contract §7: at most this much in one batch. */
const MAX_EVALUATION_BYTES = 512 * 1024;

/** SPEC: contract §7: what is beyond the bound is a malformed envelope. Throws `access.request_too_large` (400). */
async function evaluationBody(ctx: RouterContext): Promise<unknown> {
  try {
    return await bodyOf(ctx, MAX_EVALUATION_BYTES);
  } catch (error) {
    if (!isAppError(error, 'http.too_large')) throw error;
    throw new AppError({
      code: 'access.request_too_large',
      status: 400,
      publicMessage: 'La requête dépasse 512 Kio.',
      hint: 'Répartissez les évaluations en plusieurs envois.',
    });
  }
}

/** The HTTP face: AuthZEN 1.0, patient keys and consents. Bodies are bounded, callers known, errors thrown as `AppError`. */
export function createRoutes(deps: {
  readonly issuer: string;
  readonly clock: Clock;
  readonly guard: CallGuard;
  readonly decider: Decider;
  readonly consents: Consents;
  readonly rcpSessions: RcpSessions;
  readonly patientKeys: PatientKeys;
  readonly search: Search;
  readonly directory: Directory;
  /** Without it the metadata is not signed. */
  readonly signMetadata?: SignClaims | undefined;
}): Router {
  const { decider, patientKeys } = deps;
  const endpoint = createEndpoint(deps.guard);
  const router = new Router();
  metadataRoutes(router, { ...deps, sign: deps.signMetadata });
  router.post(
    '/access/v1/evaluation',
    endpoint('access:evaluate', async (ctx, caller) =>
      decider.decide(readAs(requestSchema, await evaluationBody(ctx)), caller),
    ),
  );
  router.post(
    '/access/v1/evaluations',
    endpoint('access:evaluate', async (ctx, caller) =>
      evaluateAll(await evaluationBody(ctx), caller, decider),
    ),
  );

  router.post(
    '/access/v1/patient-keys',
    endpoint('access:patient-keys', async (ctx, caller) => {
      const body = readAs(patientKeyBody, await bodyOf(ctx));
      const key =
        'ins' in body
          ? await patientKeys.ofIns(caller, body.ins)
          : await patientKeys.ofTraits(caller, body.traits);
      return { patient_key: key };
    }),
  );
  router.post(
    '/access/v1/patient-keys/link',
    endpoint('access:patient-keys', async (ctx, caller) => {
      const { keys, network, ...act } = readAs(linkBody, await bodyOf(ctx));
      await patientKeys.link(caller, { network: networkOf(ctx, caller, network), keys }, act);
      return { keys };
    }),
  );

  searchRoutes(router, { ...deps, endpoint });
  consentRoutes(router, { ...deps, endpoint });
  rcpSessionRoutes(router, { ...deps, endpoint });
  return router;
}
