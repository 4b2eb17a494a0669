import type { Audit } from '#audit/index.ts';
import type { SectionValues } from '#config/index.ts';
import type { Directory } from '#directory/index.ts';
import { sourceOf } from '#http/index.ts';
import { isAppError, type Clock } from '#kernel/index.ts';
import type { Context } from 'koa';
import type { AccessLogger } from '../logger.ts';
import type { accessSection } from '../section.ts';
import { createGate, namedClient, type ApiCallers } from './gate.ts';
import { createRefusalTrail } from './refusal-trail.ts';

/** Who calls an API of ours: failures to authenticate are bounded, and refused calls recorded, over all APIs together. */
export interface CallGuard extends ApiCallers {
  /** Leaves a refusal (401, 403, 429) in the audit log; anything else is none. `client`: who had proven who it is. */
  noteRefusal(ctx: Context, error: unknown, client: string | undefined): Promise<void>;
}

const RECORDED: ReadonlySet<number> = new Set([401, 403, 429]);

export function createCallGuard(deps: {
  readonly callers: ApiCallers;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly directory: Directory;
  readonly logger: AccessLogger;
  readonly settings: SectionValues<typeof accessSection>;
}): CallGuard {
  const gate = createGate(deps.callers, deps);
  const refusals = createRefusalTrail(deps);

  /** SECURITY: a name that no application bears may be anything, a secret in the wrong place too: it is not written. */
  async function registered(name: string | undefined): Promise<string | undefined> {
    return name !== undefined && (await deps.directory.applications.get(name)) ? name : undefined;
  }

  return {
    authenticate: ctx => gate.authenticate(ctx),
    async noteRefusal(ctx, error, proven) {
      if (!isAppError(error) || !RECORDED.has(error.status)) return;
      const { code, status } = error;
      const client = proven ?? (await registered(namedClient(ctx)));
      await refusals.record({ code, status, source: sourceOf(ctx), client });
    },
  };
}
