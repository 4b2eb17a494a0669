import type { Administrator } from '#access/index.ts';
import type { SectionValues } from '#config/index.ts';
import { createRateCounter, sourceOf, tooManyRequests } from '#http/index.ts';
import { AppError, type Clock } from '#kernel/index.ts';
import type { Context } from 'koa';
import type { AdminPorts, ApiClient } from '../ports.ts';
import type { adminSection } from '../section.ts';

/** An application that may call, as administration knows it. */
export interface Admitted {
  readonly clientId: string;
  /** API scopes in force. */
  readonly scopes: ReadonlySet<string>;
  readonly administrator: Extract<Administrator, { readonly kind: 'application' }>;
  readonly source: string;
}

/** Who may call the API and SCIM. */
export interface Admission {
  /**
   * The application that calls, with that scope. Throws `access.unauthenticated` (401), `admin.insufficient_scope`
   * (403) and `http.too_many_requests` (429), each left in the audit log.
   */
  admit(ctx: Context, scope: string): Promise<Admitted>;
}

export function createAdmission(deps: {
  readonly ports: Pick<AdminPorts, 'authenticate' | 'noteRefusal'>;
  readonly clock: Clock;
  readonly settings: Pick<SectionValues<typeof adminSection>, 'callsPerMinute'>;
}): Admission {
  const { ports, clock, settings } = deps;
  const calls = createRateCounter(clock, { max: settings.callsPerMinute, windowSeconds: 60 });

  function check(ctx: Context, { clientId, scopes }: ApiClient, scope: string): void {
    const wait = calls.waitOf(clientId);
    if (wait > 0) throw tooManyRequests(wait);
    calls.add(clientId);
    if (!scopes.has(scope)) throw insufficientScope(ctx, scope);
  }

  return {
    async admit(ctx, scope) {
      const source = sourceOf(ctx);
      let client: ApiClient | undefined;
      try {
        client = await ports.authenticate(ctx);
        check(ctx, client, scope);
      } catch (error) {
        await ports.noteRefusal(ctx, error, client?.clientId);
        throw error;
      }
      const { clientId, scopes, application } = client;
      const { branch, network } = application;
      return { clientId, scopes, administrator: { kind: 'application', clientId, branch, network }, source };
    },
  };
}

function insufficientScope(ctx: Context, scope: string): AppError {
  // SPEC: RFC 6750 §3.1.
  ctx.set('WWW-Authenticate', `Bearer realm="trousseau", error="insufficient_scope", scope="${scope}"`);
  return new AppError({
    code: 'admin.insufficient_scope',
    status: 403,
    publicMessage: 'L’application n’a pas le droit d’appeler ce service.',
    errors: [{ path: 'scope', code: 'required', message: `Attendu : la portée ${scope}.` }],
  });
}
