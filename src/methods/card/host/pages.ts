import { createHmac } from 'node:crypto';
import type { Audit } from '#audit/index.ts';
import type { Http } from '#http/index.ts';
import { equalsInConstantTime, type Sealer } from '#kernel/index.ts';
import Router from '@koa/router';
import type { Context } from 'koa';
import type { AttemptPlace, Sentence } from '../../method.ts';
import { waysBack } from '../../ways-back.ts';
import { cardRefused } from '../events.ts';
import type { CardJudge, Judgement } from '../judge.ts';
import { cardSentences } from '../messages.ts';
import type { HandOff } from './hand-off.ts';
import { hostSentences } from './messages.ts';
import type { Presented } from './presented.ts';
import { showCard } from './shown-card.ts';

const SENTENCES: Readonly<Record<string, Sentence>> = { ...cardSentences, ...hostSentences };

type Accepted = Extract<Judgement, { readonly ok: true }>;
type Refused = Exclude<Judgement, Accepted> | { readonly ok: false; readonly code: 'card.not_presented' };

export interface CardPagesDeps {
  readonly http: Http;
  readonly audit: Audit;
  readonly sealer: Sealer;
  readonly judge: CardJudge;
  readonly handOff: HandOff;
  /** What the connection of this request has shown. */
  readonly presentedIn: (ctx: Context) => Presented;
  readonly professionLabel: (code: string) => string;
  /** The address of the main host. */
  readonly issuer: string;
}

/**
 * The pages of the card host. `/sign-in` reads the card, shows whom it names and asks for a word; that word comes by a
 * connection of its own, for which the card has signed again. `/poste` says what a workstation can do.
 */
export function createCardPages(deps: CardPagesDeps): Router {
  const { http, audit, judge, handOff, presentedIn, professionLabel, issuer } = deps;
  const key = deps.sealer.derive('card confirmation');

  /** SECURITY: what was confirmed is this very certificate in this very sign-in. */
  const sealOf = (token: string, { certificate }: Accepted) =>
    createHmac('sha256', key).update(`${token}\n${certificate.fingerprint}`).digest('base64url');

  const backTo = ({ interaction }: AttemptPlace) => `${issuer}${waysBack(interaction).page}`;

  async function judged(ctx: Context): Promise<Accepted | Refused> {
    const { certificate } = presentedIn(ctx);
    return certificate === null ? { ok: false, code: 'card.not_presented' } : judge.judge(certificate);
  }

  async function refuse(ctx: Context, token: string, place: AttemptPlace, refused: Refused): Promise<void> {
    const certificate = 'certificate' in refused ? refused.certificate : undefined;
    if (refused.code !== 'card.not_presented')
      await audit.record(cardRefused, {
        source: http.source(ctx),
        outcome: 'refused',
        data: {
          reason: refused.code,
          issuer: certificate?.issuer.commonName ?? null,
          serial: certificate?.serial ?? null,
        },
      });
    ctx.status = 403;
    await http.render(ctx, 'card/refused', {
      alert: alertOf(refused.code),
      card: certificate ? showCard(certificate, professionLabel) : null,
      again: `/sign-in?t=${encodeURIComponent(token)}`,
      others: backTo(place),
    });
  }

  async function confirm(
    ctx: Context,
    token: string,
    place: AttemptPlace,
    accepted: Accepted,
    code?: string,
  ) {
    ctx.status = code === undefined ? 200 : 409;
    await http.render(ctx, 'card/confirm', {
      alert: code === undefined ? null : alertOf(code),
      card: showCard(accepted.certificate, professionLabel),
      token,
      seal: sealOf(token, accepted),
      others: backTo(place),
    });
  }

  async function addressEnded(ctx: Context): Promise<void> {
    ctx.status = 400;
    await http.render(ctx, 'card/refused', {
      alert: alertOf('card.address_ended'),
      card: null,
      again: null,
      others: `${issuer}/`,
    });
  }

  const routes = new Router();

  routes.get('/sign-in', async ctx => {
    const token = new URLSearchParams(ctx.querystring).get('t') ?? '';
    const place = await handOff.find(token);
    if (!place) return addressEnded(ctx);
    const outcome = await judged(ctx);
    await (outcome.ok ? confirm(ctx, token, place, outcome) : refuse(ctx, token, place, outcome));
  });

  routes.post('/sign-in', async ctx => {
    const form = await http.readForm(ctx);
    const token = form.get('t');
    const place = await handOff.find(token);
    if (!place) return addressEnded(ctx);
    const outcome = await judged(ctx);
    if (!outcome.ok) return refuse(ctx, token, place, outcome);
    // SECURITY: the colleague whose card is in the reader now has confirmed nothing.
    if (!equalsInConstantTime(form.get('card'), sealOf(token, outcome)))
      return confirm(ctx, token, place, outcome, 'card.changed');
    const { certificate, identity } = outcome;
    const ticket = await handOff.exchange(token, {
      identity,
      card: {
        issuer: outcome.issuer.certificate.fingerprint256,
        issuerName: certificate.issuer.commonName ?? '',
        serial: certificate.serial,
        points: certificate.distributionPoints,
      },
    });
    if (ticket === null) return addressEnded(ctx);
    http.redirect(ctx, `${issuer}${waysBack(place.interaction).arrival}?${new URLSearchParams({ ticket })}`);
  });

  routes.get('/poste', async ctx => {
    const { protocol } = presentedIn(ctx);
    const outcome = await judged(ctx);
    const certificate = 'certificate' in outcome ? outcome.certificate : undefined;
    await http.render(ctx, 'card/workstation', {
      code: outcome.ok ? null : outcome.code,
      sentence: outcome.ok ? null : alertOf(outcome.code),
      card: certificate ? showCard(certificate, professionLabel) : null,
      protocol,
      home: `${issuer}/`,
    });
  });

  // What the frame of every page links to stands on the main host.
  for (const path of ['/', '/aide']) routes.get(path, ctx => http.redirect(ctx, `${issuer}${path}`));
  return routes;
}

function alertOf(code: string) {
  const { message, hint } = SENTENCES[code] ?? { message: 'Cette carte n’a pas été acceptée.' };
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}
