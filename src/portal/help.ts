import type { Directory } from '#directory/index.ts';
import type { Http } from '#http/index.ts';
import { ACR_LADDER, type Clock } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { PortalPorts } from './ports.ts';
import type { Visitors } from './visitor.ts';

/** RFC 9116 §2.5.5 recommends less than a year. */
const SECURITY_TXT_DAYS = 180;

/** `/aide`: whom to ask, what the levels mean, what is kept about people; and two files that programs look for. */
export function createHelpPages(
  routes: Router,
  deps: {
    readonly http: Http;
    readonly clock: Clock;
    readonly directory: Directory;
    readonly visitors: Visitors;
    readonly ports: Pick<PortalPorts, 'helpLinks'>;
  },
): void {
  const { http, clock, directory, visitors, ports } = deps;

  routes.get('/aide', async ctx => {
    await visitors.find(ctx);
    const { legalNotice, dpo, securityContact } = await directory.region();
    await http.render(ctx, 'portal/help', {
      levels: ACR_LADDER,
      helpLinks: ports.helpLinks,
      legalNotice: legalNotice ?? null,
      dpo: dpo ?? null,
      securityContact: securityContact ?? null,
    });
  });

  // SPEC: RFC 9116: whom to tell about a weakness.
  routes.get('/.well-known/security.txt', async (ctx, next) => {
    const { securityContact } = await directory.region();
    if (securityContact === undefined) return next();
    const contact = /^(?:https|mailto|tel):/u.test(securityContact)
      ? securityContact
      : `mailto:${securityContact}`;
    const expires = new Date(clock.nowMs() + SECURITY_TXT_DAYS * 86_400_000).toISOString();
    ctx.type = 'text/plain';
    ctx.body = `Contact: ${contact}\nExpires: ${expires}\nPreferred-Languages: fr, en\n`;
  });

  // Nothing here is for search engines.
  routes.get('/robots.txt', async ctx => {
    ctx.type = 'text/plain';
    ctx.body = 'User-agent: *\nDisallow: /\n';
  });
}
