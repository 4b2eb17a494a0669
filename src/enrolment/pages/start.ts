import { networkOfSource, tooManyRequests, type Form } from '#http/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { EnrolmentContext } from '../context.ts';
import { linkOpened, requestOpened } from '../events.ts';
import { isBeingWritten } from '../life.ts';
import type { AccountRequest, Proven } from '../request.ts';
import { goneRequest } from '../refusals.ts';
import { missingOf, waitsForTheirWord, type Answers } from '../steps.ts';
import { placesOf } from './reading.ts';

const HOUR_SECONDS = 3600;
/** A browser that has worked for it begins that many times as many. */
const WORKED_FACTOR = 5;
/** The shape of our tokens: anything else is not looked for. */
const TOKEN = /^[\w-]{43}$/u;

/** The first page (terms and the question), and the ways in: a proven identity, the link of a mail. */
export function createStartPages(routes: Router, context: EnrolmentContext): void {
  const {
    http,
    clock,
    terms,
    requests,
    browsers,
    robots,
    counters,
    tickets,
    lostLinks,
    readers,
    audit,
    settings,
  } = context;

  async function showStart(
    ctx: Context,
    more: {
      readonly proven?: Proven;
      readonly isAccepted?: boolean;
      readonly alert?: { readonly code: string; readonly message: string; readonly hint: string };
    } = {},
  ): Promise<void> {
    const { alert = null, proven = null, isAccepted = false } = more;
    ctx.status = alert ? 422 : 200;
    await http.render(ctx, 'enrolment/start', {
      terms: await terms.current(),
      question: robots.question(),
      proven,
      isAccepted,
      canRead: (await readers.offered()).length > 0,
      draftDays: settings.draftDays,
      alert,
    });
  }

  /** Counts the beginnings of a source, and twice over those without work. Throws 429. */
  async function admit(ctx: Context, isWorked: boolean): Promise<void> {
    const source = networkOfSource(http.source(ctx));
    const bounds = [
      {
        name: 'source',
        id: `request:start:${source}`,
        max: settings.startsPerSource * WORKED_FACTOR,
        windowSeconds: HOUR_SECONDS,
      },
      ...(isWorked
        ? []
        : [
            {
              name: 'idle',
              id: `request:start:idle:${source}`,
              max: settings.startsPerSource,
              windowSeconds: HOUR_SECONDS,
            },
          ]),
    ];
    if ((await counters.countAll(bounds)) !== null) throw tooManyRequests(HOUR_SECONDS);
  }

  /** What keeps a first page from going on, or the terms as they were accepted. */
  async function judge(
    form: Form,
  ): Promise<{ readonly terms: Answers['terms'] } | { readonly problem: string }> {
    const current = await terms.current();
    if (current && (form.get('accept') !== 'yes' || form.get('version') !== current.id))
      return { problem: 'enrolment.terms_not_accepted' };
    if (!(await robots.isAnswered(form.get('seal'), form.get('answer'))))
      return { problem: 'enrolment.question_wrong' };
    return { terms: current && { version: current.id, acceptedAt: clock.now() } };
  }

  async function begin(
    ctx: Context,
    accepted: Answers['terms'],
    proven: Proven | null,
    before: Partial<Answers> = {},
  ): Promise<void> {
    browsers.keep(ctx, await requests.begin(accepted, proven, before));
    await audit.record(requestOpened, {
      source: http.source(ctx),
      outcome: 'success',
      data: { method: proven?.method ?? 'none' },
    });
    http.redirect(ctx, '/request');
  }

  function placeOf(request: AccountRequest): string {
    if (!isBeingWritten(request.life)) return '/request/follow';
    return waitsForTheirWord(request) ? '/request/confirm' : `/request/${missingOf(request)[0] ?? 'summary'}`;
  }

  routes.get('/request', async ctx => {
    const request = await browsers.find(ctx);
    await (request ? http.redirect(ctx, placeOf(request)) : showStart(ctx));
  });

  routes.post('/request', async ctx => {
    const form = await http.readForm(ctx);
    await admit(ctx, robots.isWorked(form.get('seal'), form.get('work')));
    const judged = await judge(form);
    if ('problem' in judged)
      return showStart(ctx, { alert: alertOf(judged.problem), isAccepted: form.get('accept') === 'yes' });
    return begin(ctx, judged.terms, null);
  });

  // What was proven at sign-in. SECURITY: shown first, so that nobody fills in a form under a name that is not theirs
  // because somebody sent them an address; used up by the form alone, exactly once.
  routes.get('/request/identity/:ticket', async ctx => {
    const proven = await provenOf(ctx);
    if (!proven) throw goneRequest();
    await showStart(ctx, { proven });
  });

  async function provenOf(ctx: Context): Promise<Proven | null> {
    const ticket = String(ctx.params['ticket']);
    return TOKEN.test(ticket) ? tickets.read(ticket) : null;
  }

  routes.post('/request/identity/:ticket', async ctx => {
    const form = await http.readForm(ctx);
    const shown = await provenOf(ctx);
    if (!shown) throw goneRequest();
    const judged = await judge(form);
    if ('problem' in judged)
      return showStart(ctx, {
        proven: shown,
        alert: alertOf(judged.problem),
        isAccepted: form.get('accept') === 'yes',
      });
    const proven = await tickets.consume(String(ctx.params['ticket']));
    if (!proven) throw goneRequest();
    const draft = await browsers.find(ctx);
    return begin(ctx, judged.terms, proven, draft?.life.state === 'draft' ? placesOf(draft) : {});
  });

  // SECURITY: a GET changes nothing (programs that check mail follow links); the form puts the request into this
  // browser, after its reader has seen whose it is.
  routes.get('/request/link/:token', async ctx => {
    const request = await linked(ctx);
    await http.render(ctx, 'enrolment/link', {
      address: maskOf(request.answers.email?.address ?? ''),
      isDraft: isBeingWritten(request.life),
      alert: null,
    });
  });

  async function linked(ctx: Context): Promise<AccountRequest> {
    const token = String(ctx.params['token']);
    const request = TOKEN.test(token)
      ? ((await requests.ofToken(token)) ?? (await lostLinks.requestOf(token)))
      : null;
    if (!request) throw goneRequest();
    return request;
  }

  routes.post('/request/link/:token', async ctx => {
    await http.readForm(ctx);
    const request = await linked(ctx);
    browsers.keep(ctx, await requests.link(request.id, 'browser'));
    if (waitsForTheirWord(request)) await requests.save(request.id, withInvitedAddress);
    const data = { request: request.id };
    await audit.record(linkOpened, { source: http.source(ctx), outcome: 'success', data });
    http.redirect(ctx, placeOf(request));
  });

  routes.post('/request/leave', async ctx => {
    await http.readForm(ctx);
    await browsers.leave(ctx);
    await http.render(ctx, 'enrolment/left', {});
  });
}

/** The invitation went to that address, and its link was opened: the mail is read. */
function withInvitedAddress(request: AccountRequest): AccountRequest {
  const { email } = request.answers;
  if (!email || email.address !== request.askedBy?.address) return request;
  return { ...request, answers: { ...request.answers, email: { ...email, isVerified: true } } };
}

const ALERTS: Readonly<Record<string, { readonly message: string; readonly hint: string }>> = {
  'enrolment.terms_not_accepted': {
    message: 'Le règlement doit être accepté pour demander un compte.',
    hint: 'Lisez-le, puis cochez la case.',
  },
  'enrolment.question_wrong': {
    message: 'La réponse à la question n’est pas celle attendue.',
    hint: 'Une autre question vous est posée : répondez en un mot ou un nombre.',
  },
};

function alertOf(code: string) {
  return { code, ...(ALERTS[code] ?? { message: '', hint: '' }) };
}

/** `c…@chu.example`: enough to recognise one's own. */
function maskOf(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 1 ? '' : `${address.slice(0, 1)}…${address.slice(at)}`;
}
