import type { Accounts, Terms } from '#accounts/index.ts';
import { hasUnprovenPhone, isInForce, type Directory, type Membership } from '#directory/index.ts';
import type { Http } from '#http/index.ts';
import { ACR, acrRank, writePhone, type Clock } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { PortalPorts } from './ports.ts';
import type { Visitor, Visitors } from './visitor.ts';

export interface AccountPagesDeps {
  readonly http: Http;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly terms: Terms;
  readonly ports: PortalPorts;
  readonly visitors: Visitors;
}

const RECENT_SHOWN = 5;
/** How long a sign-in counts as fresh for who asks for more. */
const FRESH_SECONDS = 600;

/** What was just done, by the `done` of the address: a page that was reloaded says it again, and nothing more happens. */
const DONE: Readonly<Record<string, string>> = {
  email: 'Votre adresse électronique est changée. L’ancienne vient d’en être prévenue.',
  phone: 'Votre numéro de mobile est changé. Un courriel vous le confirme.',
  proven: 'Votre numéro de mobile est vérifié.',
  password: 'Votre mot de passe est changé. Vos autres sessions sont fermées.',
};

/** `/account`: who I am here, where I work, what I signed, when I signed in. */
export function createAccountPages(routes: Router, deps: AccountPagesDeps): void {
  const { http, accounts, terms, visitors } = deps;

  routes.get('/account', ctx =>
    visitors.require(ctx, async visitor => {
      const { done } = ctx.query;
      await http.render(ctx, 'portal/account', {
        ...identityOf(deps, visitor),
        memberships: await membershipsOf(deps, visitor),
        terms: await termsOf(deps, visitor),
        signIns: await signInsOf(deps, visitor),
        acr: visitor.session.acr,
        passwordExpiresAt: accounts.passwordState(visitor.account).expiresAt ?? null,
        hasPassword: visitor.account.passwordHash !== undefined,
        canAskForMore: deps.ports.askForMore !== undefined,
        done: typeof done === 'string' && Object.hasOwn(DONE, done) ? DONE[done] : null,
      });
    }),
  );

  // SECURITY: a form, so that no address that somebody is sent begins a request.
  routes.post('/account/more', async ctx => {
    await http.readForm(ctx);
    const { askForMore } = deps.ports;
    if (!askForMore) return http.redirect(ctx, '/account');
    await visitors.require(ctx, async ({ professional, session }) => {
      // Who one is counts as proven there: a password alone does not prove it.
      if (acrRank(session.acr) < acrRank(ACR.code))
        return http.redirect(ctx, deps.ports.signInUrl('/account', { acr: ACR.code, maxAge: FRESH_SECONDS }));
      return http.redirect(ctx, await askForMore(professional));
    });
  });

  routes.get('/account/terms/:version', (ctx, next) =>
    visitors.require(ctx, async ({ account }) => {
      const { version: id = '' } = ctx.params as { version?: string };
      const accepted = account.termsAccepted.find(({ version }) => version === id);
      const version = await terms.get(id);
      if (!accepted || !version) return void (await next());
      await http.render(ctx, 'portal/terms', {
        title: version.title,
        text: version.text,
        version: version.id,
        fromMs: version.fromMs,
        acceptedAtMs: accepted.acceptedAt * 1000,
      });
    }),
  );
}

function identityOf({ directory: { codes } }: AccountPagesDeps, { account, professional }: Visitor) {
  const { givenName, familyName, profession, specialties, email, phone } = professional;
  const isPhoneUnproven = hasUnprovenPhone(professional);
  return {
    login: account.login,
    name: `${givenName} ${familyName}`,
    profession: profession === undefined ? null : codes.profession(profession).label,
    specialties: specialties.map(code => codes.savoirFaire(code).label),
    email: email ?? null,
    phone: phone === undefined ? null : writePhone(phone),
    isPhoneUnproven,
  };
}

async function membershipsOf({ directory, clock }: AccountPagesDeps, { professional }: Visitor) {
  const nowMs = clock.nowMs();
  return Promise.all(
    professional.memberships.map(async membership => {
      const [network, organisation] = await Promise.all([
        directory.networks.get(membership.network),
        membership.organisation === undefined ? null : directory.organisations.get(membership.organisation),
      ]);
      return {
        network: network?.name ?? membership.network,
        // Without one, the profile is held in the whole network.
        organisation: organisation?.name ?? membership.organisation ?? null,
        profile: directory.codes.profile(membership.profile).label,
        fromMs: membership.fromMs ?? null,
        // The end is exclusive: the last day that counts is the one before.
        lastMs: membership.toMs === undefined ? null : membership.toMs - 1,
        state: stateOf(membership, nowMs),
      };
    }),
  );
}

function stateOf(membership: Membership, nowMs: number): 'current' | 'coming' | 'over' {
  if (isInForce(membership, nowMs)) return 'current';
  return membership.fromMs !== undefined && membership.fromMs > nowMs ? 'coming' : 'over';
}

async function termsOf({ terms }: AccountPagesDeps, { account }: Visitor) {
  return Promise.all(
    account.termsAccepted.map(async ({ version, acceptedAt }) => ({
      version,
      title: (await terms.get(version))?.title ?? 'Règlement',
      acceptedAtMs: acceptedAt * 1000,
    })),
  );
}

async function signInsOf({ ports, directory }: AccountPagesDeps, { account }: Visitor) {
  const recent = (await ports.recentSignIns?.(account.id)) ?? null;
  if (!recent) return null;
  return Promise.all(
    recent.slice(0, RECENT_SHOWN).map(async ({ client, ...signIn }) => ({
      ...signIn,
      application: client === undefined ? null : ((await directory.applications.get(client))?.name ?? null),
    })),
  );
}
