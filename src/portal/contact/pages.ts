import { hasUnprovenPhone } from '#directory/index.ts';
import type { Http } from '#http/index.ts';
import { AppError, isAppError, writePhone } from '#kernel/index.ts';
import type { ContactField } from '#methods/index.ts';
import type { Notify } from '#notify/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Standing } from '../factors/standing.ts';
import type { PortalPorts } from '../ports.ts';
import type { Visitor, Visitors } from '../visitor.ts';
import { CONTACT_NOUNS, type Changer, type ContactChanges } from './changes.ts';
import { OBJECTION_DAYS, type Objections } from './objections.ts';
import { contactRefusal, type ContactRefusal } from './refusals.ts';

/** The shape of our tokens: anything else is not looked for. */
const TOKEN = /^[\w-]{43}$/u;

/**
 * `/account/contact`: one's own address and mobile, each proven by a code before it counts; after a sign-in as fresh and
 * as strong as the person can make. `/account/objection/…`: how a change that was somebody else's is taken back.
 */
export function createContactPages(
  routes: Router,
  deps: {
    readonly http: Http;
    readonly notify: Notify;
    readonly ports: PortalPorts;
    readonly visitors: Visitors;
    readonly standing: Standing;
    readonly changes: ContactChanges;
    readonly objections: Objections;
  },
): void {
  const { http, notify, ports, visitors, standing, changes, objections } = deps;

  /** Asks for the sign-in that is missing, then comes back to the first page. */
  async function stepped(ctx: Context, act: (changer: Changer) => Promise<void>): Promise<void> {
    await visitors.require(ctx, async visitor => {
      const missing = await standing.missing(visitor);
      if (missing) return http.redirect(ctx, ports.signInUrl('/account/contact', missing));
      return act({ visitor, source: http.source(ctx), isProven: standing.isProven(visitor) });
    });
  }

  function answer(ctx: Context, refusal: ContactRefusal | null): void {
    ctx.status = refusal?.status ?? (refusal ? 422 : 200);
    if (refusal?.retryAfterSeconds !== undefined) ctx.set('Retry-After', String(refusal.retryAfterSeconds));
  }

  async function show(
    ctx: Context,
    { professional }: Visitor,
    refused: {
      readonly field: ContactField;
      readonly typed: string;
      readonly refusal: ContactRefusal;
    } | null = null,
  ): Promise<void> {
    answer(ctx, refused?.refusal ?? null);
    const { email, phone } = professional;
    await http.render(ctx, 'portal/contact', {
      isPhoneUnproven: hasUnprovenPhone(professional),
      email: email ?? null,
      phone: phone === undefined ? null : writePhone(phone),
      hasSms: notify.hasSms,
      objectionDays: OBJECTION_DAYS,
      typed: refused ? { [refused.field]: refused.typed } : {},
      wrong: refused?.field ?? null,
      alert: refused?.refusal ?? null,
    });
  }

  async function showCode(
    ctx: Context,
    { visitor }: Changer,
    field: ContactField,
    value: string,
    refusal: ContactRefusal | null = null,
  ): Promise<void> {
    answer(ctx, refusal);
    await http.render(ctx, 'portal/contact-code', {
      field,
      noun: CONTACT_NOUNS[field],
      isKnown: value === visitor.professional[field],
      value: field === 'phone' ? writePhone(value) : value,
      alert: refusal,
    });
  }

  /** What `ask` says; a bound that was met is a refusal of this page. */
  async function ask(changer: Changer, field: ContactField, typed: string): Promise<ContactRefusal | null> {
    try {
      const problem = await changes.ask(changer, field, typed);
      return problem && contactRefusal(problem);
    } catch (error) {
      if (!isAppError(error, 'signin.too_many_codes')) throw error;
      return { ...contactRefusal(error.code), status: 429 };
    }
  }

  routes.get('/account/contact', ctx => stepped(ctx, ({ visitor }) => show(ctx, visitor)));

  routes.post('/account/contact/:field', async (ctx, next) => {
    const field = fieldOf(ctx);
    if (!field) return void (await next());
    const form = await http.readForm(ctx);
    await stepped(ctx, async changer => {
      const typed = form.get(field).slice(0, 254);
      const refusal = await ask(changer, field, typed);
      await (refusal
        ? show(ctx, changer.visitor, { field, typed, refusal })
        : http.redirect(ctx, `/account/contact/${field}/code`));
    });
  });

  /** A page for who has something to prove. */
  async function waiting(
    ctx: Context,
    act: (changer: Changer, field: ContactField, value: string) => Promise<void>,
  ) {
    await stepped(ctx, async changer => {
      const field = fieldOf(ctx);
      const value = field && (await changes.pending(changer.visitor.account.id, field));
      await (field && value ? act(changer, field, value) : http.redirect(ctx, '/account/contact'));
    });
  }

  routes.get('/account/contact/:field/code', ctx =>
    waiting(ctx, (changer, field, value) => showCode(ctx, changer, field, value)),
  );

  routes.post('/account/contact/:field/code', async ctx => {
    const form = await http.readForm(ctx);
    await waiting(ctx, async (changer, field, value) => {
      if (form.has('resend')) return showCode(ctx, changer, field, value, await ask(changer, field, value));
      const code = form.get('code').trim();
      if (code === '') return showCode(ctx, changer, field, value, contactRefusal('signin.code_missing'));
      const refused = await changes.confirm(changer, field, code);
      if (!refused) {
        const isProven = value === changer.visitor.professional[field];
        return http.redirect(ctx, `/account?done=${isProven ? 'proven' : field}`);
      }
      const refusal = contactRefusal(refused.code, refused.retryAfterSeconds);
      return refused.code === 'portal.contact_taken'
        ? show(ctx, changer.visitor, { field, typed: value, refusal })
        : showCode(ctx, changer, field, value, refusal);
    });
  });

  function tokenOf(ctx: Context): string {
    const { token = '' } = ctx.params as { token?: string };
    if (!TOKEN.test(token)) throw objectionOver();
    return token;
  }

  routes.get('/account/objection/:token', async ctx => {
    const objection = await objections.find(tokenOf(ctx));
    if (!objection) throw objectionOver();
    await http.render(ctx, 'portal/objection', { noun: CONTACT_NOUNS[objection.field], isDone: false });
  });

  routes.post('/account/objection/:token', async ctx => {
    await http.readForm(ctx);
    if (!(await objections.object(tokenOf(ctx), http.source(ctx)))) throw objectionOver();
    await http.render(ctx, 'portal/objection', { noun: '', isDone: true });
  });
}

function fieldOf(ctx: Context): ContactField | null {
  const { field } = ctx.params as { field?: string };
  return field === 'email' || field === 'phone' ? field : null;
}

function objectionOver(): AppError {
  return new AppError({
    code: 'portal.objection_over',
    status: 409,
    publicMessage: 'Ce lien n’est plus valable.',
    hint: 'Il a déjà servi, ou son délai est passé. Prévenez le support si ce changement n’est pas de vous.',
  });
}
