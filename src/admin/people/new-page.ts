import type { Form } from '#http/index.ts';
import { AppError, isAppError } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { checkFresh } from '../acts/fresh.ts';
import { invalidFields, refusedBy } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { queryText, toRefusal, type Refusal } from '../forms.ts';
import type { Once } from '../once.ts';
import { createReference, prefillPerson, type PrefillNote } from '../reference/index.ts';
import type { CatalogueEntry } from './catalogue.ts';
import type { Choices } from './choices.ts';
import { homonymsOf } from './homonyms.ts';
import { CIVILITIES, identityTyped, idsOf, withUnknown, type TypedIdentity } from './identity-pages.ts';
import type { PeopleActs } from './index.ts';
import { checkGift } from './membership-acts.ts';
import { membershipInput, membershipTyped, withLastDay, type TypedMembership } from './membership-pages.ts';
import { nameOf } from './seen.ts';

/** Everything that is typed on the one page. */
interface Typed {
  readonly identity: TypedIdentity;
  readonly held: TypedMembership;
  readonly opensAccount: boolean;
}

/** « Utilisateur de la cancérologie »: whom most administrators add. */
const USUAL_PROFILE = 'utilisateur_cancerologie';

/**
 * `/admin/people/new`: the four acts for the common case on one page. They stay four acts: what does not come to its end
 * leaves a person whose page says what remains to be done.
 */
export function createNewPage(
  routes: Router,
  context: AdminContext,
  people: PeopleActs,
  { choices, once }: { readonly choices: Choices; readonly once: Once },
): void {
  const { http, desk, directory, acts, catalogue } = context;
  const reference = createReference(context);

  async function show(
    ctx: Context,
    { authority }: Clerk,
    { identity, held, opensAccount }: Typed,
    more: {
      readonly refusal?: Refusal;
      readonly homonyms?: readonly CatalogueEntry[];
      readonly prefill?: PrefillNote | undefined;
    } = {},
  ): Promise<void> {
    await http.render(ctx, 'admin/people-new', {
      title: 'Ajouter un utilisateur',
      alert: more.refusal ?? null,
      errors: more.refusal?.fields ?? {},
      isKnown: more.refusal?.code === 'admin.national_id_taken',
      mark: once.mark(),
      homonyms: (more.homonyms ?? []).map(entry => ({
        sub: entry.sub,
        name: nameOf(entry),
        login: entry.login,
        profession:
          entry.profession === undefined ? null : directory.codes.profession(entry.profession).label,
      })),
      typed: { ...identity, ...held },
      prefill: more.prefill ?? null,
      opensAccount,
      civilities: CIVILITIES,
      professions: withUnknown(choices.professions(), identity.profession),
      networks: await choices.networks(authority),
      organisations: await choices.organisations(authority, ['account', 'create']),
      profiles: choices.profiles(authority),
    });
  }

  const typedIn = (form: Form): Typed => ({
    identity: identityTyped(form),
    held: membershipTyped(form),
    opensAccount: form.get('opens_account') === 'yes',
  });

  /** What a person is registered with; what was left empty is left out. */
  function identityInput({ identity, held }: Typed): object {
    const { national_ids, specialties: _none, phone_verified, ...texts } = identity;
    return {
      ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== '')),
      phone_verified,
      national_ids: idsOf(national_ids),
      ...(held.organisation !== '' && { organisation: held.organisation }),
    };
  }

  /** Everything that can be known to go wrong is said before anything is written. */
  async function check({ administrator, authority }: Clerk, typed: Typed): Promise<void> {
    await acts.preview(administrator, people.identity.create, identityInput(typed));
    if (typed.opensAccount) checkFresh(context, administrator, ['account', 'open']);
    const { held, opensAccount, identity } = typed;
    if (held.profile !== '') {
      if (held.network === '') throw invalidFields({ network: 'Choisissez le réseau du profil.' });
      const place = { network: held.network, organisation: held.organisation || undefined };
      if (!authority.givable(place).includes(held.profile))
        throw invalidFields({ profile: 'Vous ne pouvez pas donner ce profil à cet endroit.' });
      await checkGift(directory, membershipInput(held));
    }
    if (opensAccount && identity.email === '')
      throw invalidFields({ email: 'Le compte demande une adresse : l’identifiant y est envoyé.' });
  }

  /** The four acts, one after the other; resolves to how the page of the person greets. */
  async function perform(ctx: Context, { administrator }: Clerk, typed: Typed): Promise<string> {
    const circumstances = { via: 'page', source: http.source(ctx) } as const;
    const created = await acts.perform(
      administrator,
      people.identity.create,
      identityInput(typed),
      circumstances,
    );
    if (created.state !== 'done') return '/admin/proposals';
    const { sub } = created.result;
    const steps: (() => Promise<{ readonly state: string }>)[] = [];
    if (typed.held.profile !== '')
      steps.push(() =>
        acts.perform(
          administrator,
          people.membership.give,
          { sub, ...membershipInput(typed.held) },
          circumstances,
        ),
      );
    if (typed.opensAccount)
      steps.push(() => acts.perform(administrator, people.account.open, { sub }, circumstances));
    let greeting = 'created';
    for (const step of steps) {
      try {
        const { state } = await step();
        if (state === 'proposed') greeting = 'proposed';
      } catch (error) {
        // The person is there: their page says what is missing, whatever it was.
        if (!isAppError(error)) throw error;
        greeting = 'created-partly';
      }
    }
    return `/admin/people/${sub}?done=${greeting}`;
  }

  routes.get('/admin/people/new', ctx =>
    desk.openFor(ctx, ['account', 'create'], async clerk => {
      const [only, ...others] = clerk.authority.offices;
      const organisation =
        queryText(ctx, 'organisation') ?? (others.length === 0 ? only?.organisation : undefined) ?? '';
      const decision = await context.administration.judge(clerk.administrator, {
        type: 'account',
        action: 'create',
        id: '*',
        organisation: organisation || only?.organisation,
      });
      if (decision.context.acr_values) throw refusedBy(decision);
      checkFresh(context, clerk.administrator, ['account', 'open']);
      const networks = await choices.networks(clerk.authority);
      const asked = queryText(ctx, 'network');
      const network =
        networks.find(({ value }) => value === asked)?.value ?? only?.network ?? networks[0]?.value ?? '';
      const known = await prefillPerson(reference, queryText(ctx, 'rpps'));
      const typed = {
        identity: {
          given_name: '',
          family_name: '',
          civility: '',
          profession: '',
          email: '',
          phone: '',
          phone_verified: false,
          national_ids: '',
          specialties: [],
          ...known?.values,
        },
        held: { network, organisation, profile: USUAL_PROFILE, from: '', until: '', proof: '' },
        opensAccount: true,
      };
      await show(ctx, clerk, typed, { prefill: known?.note });
    }),
  );

  routes.post('/admin/people/new', ctx =>
    desk.openFor(ctx, ['account', 'create'], async clerk => {
      const form = await http.readForm(ctx);
      const typed = typedIn(form);
      const { given_name: givenName, family_name: familyName } = typed.identity;
      try {
        await check(clerk, typed);
        const homonyms = await homonymsOf(catalogue, clerk.authority, { givenName, familyName });
        if (homonyms.length > 0 && form.get('homonyms') !== 'seen') {
          ctx.status = 409;
          return await show(ctx, clerk, typed, { refusal: toRefusal(hasHomonyms()), homonyms });
        }
        if (!(await once.take(clerk.sub, form.get('mark')))) {
          ctx.status = 409;
          return await show(ctx, clerk, typed, { refusal: toRefusal(replayed()), homonyms });
        }
        http.redirect(ctx, await perform(ctx, clerk, typed));
      } catch (error) {
        if (!isAppError(error) || error.status >= 500) throw error;
        // An establishment of another branch is answered as one that does not exist.
        const refusal =
          error.status === 404
            ? toRefusal(invalidFields({ organisation: 'Choisissez un établissement de la liste.' }))
            : withLastDay(toRefusal(error));
        ctx.status = error.status === 404 ? 422 : error.status;
        await show(ctx, clerk, typed, { refusal });
      }
    }),
  );
}

function hasHomonyms(): AppError {
  return new AppError({
    code: 'admin.homonyms',
    status: 409,
    publicMessage: 'Une personne de votre branche porte déjà ce nom.',
    hint: 'Ouvrez sa fiche si c’est elle, ou enregistrez une autre personne.',
  });
}

function replayed(): AppError {
  return new AppError({
    code: 'admin.form_replayed',
    status: 409,
    publicMessage: 'Ce formulaire a déjà été envoyé : la personne est peut-être enregistrée.',
    hint: 'Cherchez-la dans la liste avant de l’envoyer de nouveau.',
  });
}
