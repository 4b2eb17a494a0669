import type Router from '@koa/router';
import type { Context } from 'koa';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { submitAct, type Refusal } from '../forms.ts';
import type { Choices } from './choices.ts';
import { idsOf } from './identity-pages.ts';
import type { PeopleActs } from './index.ts';
import { membershipInput, membershipTyped, withLastDay, type TypedMembership } from './membership-pages.ts';

interface Typed extends TypedMembership {
  readonly family_name: string;
  readonly national_ids: string;
}

/**
 * `/admin/people/attach`: a profile for a colleague of another branch, whom one does not see. Number and name together
 * prove that one knows the person; nothing is told of who they are before.
 */
export function createAttachPage(
  routes: Router,
  context: AdminContext,
  { membership }: PeopleActs,
  choices: Choices,
): void {
  const { http, desk } = context;

  async function show(ctx: Context, { authority }: Clerk, typed: Typed, refusal?: Refusal): Promise<void> {
    const { national_id, ...fields } = refusal?.fields ?? {};
    await http.render(ctx, 'admin/people-attach', {
      title: 'Rattacher un collègue déjà connu',
      alert: refusal ?? null,
      errors: { ...fields, ...(national_id && { national_ids: national_id }) },
      typed,
      networks: await choices.networks(authority),
      organisations: await choices.organisations(authority, ['membership', 'attach']),
      profiles: choices.profiles(authority),
    });
  }

  routes.get('/admin/people/attach', ctx =>
    desk.openFor(ctx, ['membership', 'attach'], async clerk => {
      const [only] = clerk.authority.offices;
      await show(ctx, clerk, {
        family_name: '',
        national_ids: '',
        network: only?.network ?? '',
        organisation: only?.organisation ?? '',
        profile: 'utilisateur_cancerologie',
        from: '',
        until: '',
        proof: '',
      });
    }),
  );

  routes.post('/admin/people/attach', ctx =>
    desk.openFor(ctx, ['membership', 'attach'], async clerk => {
      const form = await http.readForm(ctx);
      const typed: Typed = {
        ...membershipTyped(form),
        family_name: form.get('family_name').trim(),
        national_ids: form.get('national_ids').trim(),
      };
      const ids = idsOf(typed.national_ids);
      const input = {
        ...membershipInput(typed),
        ...(typed.family_name !== '' && { family_name: typed.family_name }),
        // One number names one person.
        ...(ids.length > 0 && { national_id: ids.length === 1 ? ids[0] : typed.national_ids }),
      };
      await submitAct(
        context,
        ctx,
        clerk,
        { act: membership.attach, input },
        {
          again: refusal => show(ctx, clerk, typed, withLastDay(refusal)),
          then: outcome =>
            outcome.state === 'done'
              ? `/admin/people/${outcome.result.sub}?done=given`
              : '/admin/proposals?done=proposed',
        },
      );
    }),
  );
}
