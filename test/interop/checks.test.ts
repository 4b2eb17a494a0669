import { createChecks } from '../../scripts/interop/checks.ts';
import { INTEROP_CLIENT, SERVICE_CLIENT, startWorld, type World } from '../demo/world.ts';

/** The same checks against a provider that we did not write: what they ask is the standard, not our habits. */
describe('the interoperability checks hold for a bare oidc-provider', () => {
  let world: World;
  let checks: ReturnType<typeof createChecks>;
  before(async () => {
    world = await startWorld();
    checks = createChecks({
      issuer: world.issuer,
      outboxUrl: `${world.issuer}/outbox.json`,
      clientId: INTEROP_CLIENT.id,
      clientSecret: INTEROP_CLIENT.secret,
      redirectUri: INTEROP_CLIENT.redirectUri,
      postLogoutRedirectUri: INTEROP_CLIENT.postLogoutRedirectUri,
      service: {
        clientId: SERVICE_CLIENT.id,
        clientSecret: SERVICE_CLIENT.secret,
        scope: SERVICE_CLIENT.scope,
      },
      person: { login: 'claire.dupont', password: 'not asked here' },
      acr: world.script.acr,
    });
  });
  after(() => world.close());

  it('all of them, in order', async () => {
    for (const { title, run } of checks)
      await run().catch((error: unknown) => {
        throw new Error(`${title}: ${String(error)}`, { cause: error });
      });
  });
});
