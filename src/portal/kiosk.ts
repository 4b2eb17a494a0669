import { logoPathFor, type Application, type Directory } from '#directory/index.ts';
import { allowImagesFrom, type Http } from '#http/index.ts';
import { ACR, AppError, normaliseAcr } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { PortalPorts } from './ports.ts';
import type { Visitor, Visitors } from './visitor.ts';

interface Tile {
  readonly name: string;
  readonly url: string;
  readonly description: string;
  readonly logo: string | null;
  /** First letters of the name, where there is no logo. */
  readonly initials: string;
  readonly acr: string;
}

/** `/`: the applications of whoever is signed in; whoever is not is led to the sign-in. */
export function createKiosk(
  routes: Router,
  deps: {
    readonly http: Http;
    readonly directory: Directory;
    readonly ports: PortalPorts;
    readonly visitors: Visitors;
  },
): void {
  const { http, directory, ports, visitors } = deps;

  async function showKiosk(ctx: Context, { session, professional }: Visitor): Promise<void> {
    const place = session.situation ?? professional.branch;
    const [applications, organisation, logo, asksForOthers] = await Promise.all([
      ports.applicationsFor(session.accountId),
      session.situation === undefined ? null : directory.organisations.get(session.situation),
      logoPathFor(directory.organisations, place),
      ports.asksForOthers(session.accountId),
    ]);
    const tiles = applications.flatMap(tileOf);
    allowImagesFrom(
      ctx,
      tiles.flatMap(({ logo }) => logo ?? []),
    );
    await http.render(ctx, 'portal/kiosk', {
      name: `${professional.givenName} ${professional.familyName}`,
      situation: organisation?.name ?? session.place?.name ?? null,
      logo: logo ?? null,
      acr: session.acr,
      asksForOthers,
      tiles,
    });
  }

  routes.get('/', async ctx => {
    const visitor = await visitors.find(ctx);
    // Clinicians in a hurry: the first page is the sign-in itself.
    if (!visitor) return http.redirect(ctx, ports.signInUrl('/'));
    await showKiosk(ctx, visitor);
  });

  // Where the authorization request of our own pages comes back to. The session is in the cookie; the code is not used.
  routes.get('/signed-in', async ctx => {
    const { error, state } = ctx.query;
    const back = ports.safeReturnPath(typeof state === 'string' ? state : '/');
    if (error === undefined) return http.redirect(ctx, back);
    if (error === 'unmet_authentication_requirements') {
      await http.render(ctx, 'signin/level', { retryUrl: ports.signInUrl(back) });
      ctx.status = 403;
      return;
    }
    throw new AppError({
      code: 'portal.signin_refused',
      status: 403,
      publicMessage: 'La connexion n’a pas abouti.',
      hint: 'Revenez à l’accueil et recommencez. Si cela dure, donnez la référence ci-dessous au support.',
    });
  });
}

function tileOf({ name, kiosk, minimumAcr }: Application): Tile[] {
  const url = kiosk && webAddress(kiosk.url);
  if (!kiosk || !url) return [];
  return [
    {
      name,
      url,
      description: kiosk.description ?? '',
      logo: kiosk.logo === undefined ? null : (webAddress(kiosk.logo) ?? null),
      initials: initialsOf(name),
      acr: normaliseAcr(minimumAcr) ?? ACR.pwd,
    },
  ];
}

/** SECURITY: a region file may say anything; a tile leads only to a web address. */
function webAddress(text: string): string | undefined {
  const url = URL.parse(text);
  return url && (url.protocol === 'https:' || url.protocol === 'http:') ? url.href : undefined;
}

function initialsOf(name: string): string {
  const words = name.split(/[\s’'-]+/u).filter(word => /^\p{Lu}/u.test(word));
  const letters = words.length > 1 ? words.map(word => word[0]).join('') : name;
  return letters.slice(0, 2).toUpperCase();
}
