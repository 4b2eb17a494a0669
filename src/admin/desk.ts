import type { Administration, Administrator, AdministrationType, Authority } from '#access/index.ts';
import type { Audit } from '#audit/index.ts';
import type { Http } from '#http/index.ts';
import { ACR, acrRank, AppError, isAppError } from '#kernel/index.ts';
import type { Context } from 'koa';
import { pageRead } from './acts/events.ts';
import type { AdminPorts, SignedIn } from './ports.ts';

/** An administrator or an auditor at a page. */
export interface Clerk extends SignedIn {
  readonly administrator: Administrator;
  /** What they may see and do: one snapshot for this page. */
  readonly authority: Authority;
}

/** Who sits at the pages of administration. */
export interface Desk {
  /**
   * Shows a page to who may have it: nobody is led to sign in, a weak sign-in to a stronger one, and an account without
   * any profile of administration is refused (403 `admin.not_administrator`). An act that asks for a fresh sign-in
   * leads there from a GET, and comes back to the same page.
   */
  open(ctx: Context, show: (clerk: Clerk) => Promise<void>): Promise<void>;
  /** The same, for a page that needs a right somewhere. Throws `admin.not_found` (404). */
  openFor(
    ctx: Context,
    right: readonly [AdministrationType, string],
    show: (clerk: Clerk) => Promise<void>,
  ): Promise<void>;
  /**
   * The same for who may have it for another reason than an office, and holds one or none. Throws
   * `admin.not_administrator` (403) for everybody else.
   */
  openFurther(
    ctx: Context,
    may: (clerk: Clerk) => Promise<boolean>,
    show: (clerk: Clerk) => Promise<void>,
  ): Promise<void>;
}

export function createDesk(deps: {
  readonly http: Http;
  readonly administration: Administration;
  readonly audit: Audit;
  readonly ports: AdminPorts;
}): Desk {
  const { http, administration, audit, ports } = deps;

  const isRead = (ctx: Context) => ctx.method === 'GET' || ctx.method === 'HEAD';

  function toSignIn(ctx: Context, asked: { acr: string; maxAge?: number }): void {
    http.redirect(ctx, ports.signInUrl(ctx.path + ctx.search, asked));
  }

  async function open(
    ctx: Context,
    show: (clerk: Clerk) => Promise<void>,
    may: (clerk: Clerk) => Promise<boolean> = holdsOffice,
  ): Promise<void> {
    const person = await ports.signedIn(ctx);
    if (!person || acrRank(person.session.acr) < acrRank(ACR.code)) {
      if (isRead(ctx)) return toSignIn(ctx, { acr: ACR.code });
      throw signedOut();
    }
    const administrator: Administrator = { kind: 'person', sub: person.sub, session: person.session };
    const authority = await administration.authorityOf(administrator);
    const clerk = { ...person, administrator, authority };
    if (!(await may(clerk))) throw notAdministrator();
    (ctx.state as { admin?: object }).admin = { menu: menuOf(authority) };
    try {
      await show(clerk);
      if (isRead(ctx) && ctx.status < 300 && readsOnly(authority)) await noteReading(ctx, person);
    } catch (error) {
      const asked = isRead(ctx) ? askedBy(error) : undefined;
      if (!asked) throw error;
      toSignIn(ctx, asked);
    }
  }

  /** SECURITY: an auditor's reading is in the trail before the page leaves; without its line, there is no page. */
  async function noteReading(ctx: Context, { sub, session }: SignedIn): Promise<void> {
    await audit.record(pageRead, {
      actor: sub,
      source: http.source(ctx),
      acr: session.acr,
      outcome: 'success',
      data: { target: ctx.path, via: 'page' },
    });
  }

  return {
    open,
    openFurther: (ctx, may, show) => open(ctx, show, may),
    openFor: (ctx, [type, action], show) =>
      open(ctx, async clerk => {
        if (!clerk.authority.mayAnywhere(type, action)) throw notAdministrator();
        await show(clerk);
      }),
  };
}

const holdsOffice = async ({ authority }: Clerk) => authority.offices.length > 0;

/** True for whoever holds no other office than an auditor's. */
function readsOnly({ offices }: Authority): boolean {
  return offices.length > 0 && offices.every(({ profile }) => profile === 'auditeur');
}

/** The pages that this authority has any use for. */
const MENU: readonly (readonly [href: string, glyph: string, label: string, type: AdministrationType])[] = [
  ['/admin/requests', 'doc', 'Demandes de compte', 'account_request'],
  ['/admin/people', 'users', 'Utilisateurs', 'account'],
  ['/admin/organisations', 'building', 'Établissements', 'organisation'],
  ['/admin/appointments', 'user', 'Administrateurs', 'membership'],
  ['/admin/networks', 'grid', 'Réseaux', 'network'],
  ['/admin/applications', 'card', 'Applications', 'application_settings'],
  ['/admin/means', 'token', 'Moyens de connexion', 'means'],
  ['/admin/terms', 'doc', 'Règlement', 'terms'],
  ['/admin/mails', 'mail', 'Courriels et SMS', 'mail_template'],
  ['/admin/policies', 'scale', 'Règles d’accès', 'policy'],
  ['/admin/explain', 'question', 'Expliquer un accès', 'decision'],
  ['/admin/rcp', 'clock', 'Séances de RCP', 'rcp_session'],
  ['/admin/emergencies', 'siren', 'Accès d’urgence', 'emergency'],
  ['/admin/reviews', 'check', 'Revues d’habilitations', 'review'],
  ['/admin/trail', 'history', 'Traces', 'audit'],
  ['/admin/deliveries', 'message', 'Envois', 'delivery'],
  ['/admin/api', 'download', 'API', 'application_settings'],
];

/** What belongs to the region as a whole is in no branch: whoever reads a part of the region has no use for its page. */
const OF_THE_REGION: readonly AdministrationType[] = [
  'application_settings',
  'means',
  'mail_template',
  'delivery',
];

function mayRead(authority: Authority, type: AdministrationType): boolean {
  return OF_THE_REGION.includes(type) ? authority.may(type, 'read', {}) : authority.mayAnywhere(type, 'read');
}

function menuOf(authority: Authority) {
  if (authority.offices.length === 0)
    return [{ href: '/admin/requests/validate', glyph: 'doc', label: 'Demandes à valider' }];
  return [
    { href: '/admin', glyph: 'shield', label: 'À traiter' },
    // Acts that wait for a second person are those of giving and removing profiles.
    ...(authority.mayAnywhere('membership', 'give')
      ? [{ href: '/admin/proposals', glyph: 'question', label: 'Actes à confirmer' }]
      : []),
    ...MENU.filter(([, , , type]) => mayRead(authority, type)).map(([href, glyph, label]) => ({
      href,
      glyph,
      label,
    })),
    ...(auditsNetwork(authority) ? [{ href: '/admin/records', glyph: 'search', label: 'Dossiers' }] : []),
  ];
}

/** Who answers for the whole of a network answers its patients too. */
const auditsNetwork = (authority: Authority): boolean =>
  authority.offices.some(({ network }) =>
    authority.may('audit', 'read', network === undefined ? {} : { network }),
  );

/** What a refusal asks of the sign-in, when a fresh or stronger one would help. */
export const STEP_UPS: Readonly<Record<string, { readonly acr: string; readonly maxAge?: number }>> = {
  'admin.acr_too_low': { acr: ACR.code },
  'admin.authentication_too_old': { acr: ACR.code, maxAge: 0 },
};

function askedBy(error: unknown): { acr: string; maxAge?: number } | undefined {
  return isAppError(error) ? STEP_UPS[error.code] : undefined;
}

function signedOut(): AppError {
  return new AppError({
    code: 'admin.signed_out',
    status: 401,
    publicMessage: 'Votre session a pris fin.',
    hint: 'Reconnectez-vous dans un autre onglet, puis renvoyez cette page : rien n’a été enregistré.',
  });
}

function notAdministrator(): AppError {
  return new AppError({
    code: 'admin.not_administrator',
    status: 403,
    publicMessage: 'Cette page est celle des administrateurs.',
    hint: 'Si vous devez y accéder, demandez à l’administrateur régional.',
  });
}
