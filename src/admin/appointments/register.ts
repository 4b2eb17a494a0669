import type { Administrator, Authority } from '#access/index.ts';
import { defineEvent } from '#audit/index.ts';
import type { Membership, Professional } from '#directory/index.ts';
import { actorOf } from '../acts/act.ts';
import type { Circumstances, Outcome } from '../acts/perform.ts';
import { invalidFields, notFound } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { CatalogueEntry } from '../people/catalogue.ts';
import { membershipRef, type MembershipActs } from '../people/membership-acts.ts';
import { visibleMemberships } from '../people/search.ts';
import { seenPerson } from '../people/seen.ts';
import { formTypeOf, type FormType, type SignedForm, type SignedForms } from './documents.ts';

/** Profiles that are given by an appointment, with a form signed by the head of the establishment. */
export const APPOINTED: readonly string[] = ['administrateur_local', 'administrateur_3c', 'auditeur'];

export const formRead = defineEvent('admin.signed_form.read', {
  category: 'administration',
  title: 'Formulaire signé d’une nomination lu',
  data: ['target'],
});

/** Who administers what. */
export interface Appointment {
  readonly entry: CatalogueEntry;
  readonly held: Membership;
}

/** What an appointment says; dates as the acts take them. */
export interface AppointmentInput {
  readonly sub: string;
  readonly profile?: string | undefined;
  readonly network?: string | undefined;
  readonly organisation?: string | undefined;
  readonly from?: string | number | undefined;
  readonly to?: string | number | undefined;
}

type Given = Outcome<{ readonly membership: string }>;

/** Appointments, for the pages and the API. SECURITY: what lies in another branch is answered like what does not exist. */
export interface Appointments {
  /** Those in force or to come, by the name of their place. */
  list(authority: Authority): Promise<readonly Appointment[]>;
  /** Throws `admin.not_found` (404); for any profile that the person holds. */
  find(
    authority: Authority,
    sub: string,
    ref: string,
  ): Promise<{ readonly person: Professional; readonly held: Membership }>;
  formOf(held: Membership, sub: string): Promise<SignedForm | null>;
  /** The signed form; its reading is traced. Throws `admin.not_found` (404) when there is none. */
  readForm(
    administrator: Administrator,
    appointment: { readonly person: Professional; readonly held: Membership },
    source: string,
  ): Promise<{ readonly name: string; readonly type: FormType; readonly content: Buffer }>;
  /** What an appointment would change. Throws as `appoint`. */
  preview(
    administrator: Administrator,
    input: AppointmentInput,
    content: Buffer | undefined,
  ): ReturnType<AdminContext['acts']['preview']>;
  /**
   * Appoints, or proposes it to a second person. What is refused is refused before anything is kept. Throws
   * `admin.invalid` (422) on the fields of `input` and on `form`, and as `Acts.perform`.
   */
  appoint(
    administrator: Administrator,
    input: AppointmentInput,
    content: Buffer | undefined,
    circumstances: Circumstances,
  ): Promise<Given>;
}

const EXTENSIONS = { 'application/pdf': 'pdf', 'image/png': 'png', 'image/jpeg': 'jpg' } as const;

export function createAppointmentRegister(
  context: Pick<AdminContext, 'acts' | 'administration' | 'audit' | 'catalogue' | 'clock' | 'directory'>,
  { membership, forms }: { readonly membership: MembershipActs; readonly forms: SignedForms },
): Appointments {
  const { acts, administration, audit, catalogue, clock, directory } = context;

  const isOver = ({ toMs }: Membership) => toMs !== undefined && toMs <= clock.nowMs();

  /** Whether the form is one, and the appointment complete. */
  function read({ from, to, ...asked }: AppointmentInput, content: Buffer | undefined) {
    const { profile, organisation } = asked;
    const missing = {
      ...(!(profile !== undefined && APPOINTED.includes(profile)) && {
        profile: 'Choisissez un profil de la liste.',
      }),
      ...(organisation === undefined && { organisation: 'Choisissez un établissement.' }),
    };
    if (Object.keys(missing).length > 0) throw invalidFields(missing);
    const type = content && formTypeOf(content);
    if (!type)
      throw invalidFields({
        form: 'Joignez le formulaire signé : un fichier PDF, PNG ou JPEG de 5 Mio au plus.',
      });
    const input = { ...asked, ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
    return { input, type, content };
  }

  return {
    async list(authority) {
      const policy = administration.policy();
      const names = new Map((await directory.organisations.all()).map(({ id, name }) => [id, name]));
      const found: Appointment[] = [];
      for (const entry of await catalogue.entries()) {
        if (entry.status === 'closed' || !authority.reaches('account', 'read', entry)) continue;
        for (const held of visibleMemberships(entry.memberships, authority))
          if (policy.isPrivileged(held.profile) && !isOver(held)) found.push({ entry, held });
      }
      const placeOf = ({ held }: Appointment) => names.get(held.organisation ?? '') ?? '';
      return found.sort((a, b) => placeOf(a).localeCompare(placeOf(b), 'fr'));
    },

    async find(authority, sub, ref) {
      const person = await seenPerson(directory, authority, sub);
      const held = visibleMemberships(person.memberships, authority).find(
        candidate => membershipRef(candidate) === ref,
      );
      if (!held) throw notFound();
      return { person, held };
    },

    formOf: async (held, sub) => (held.proof === undefined ? null : forms.find(held, sub)),

    async readForm(administrator, { person, held }, source) {
      const form = await forms.find(held, person.id);
      const content = form && (await forms.content(form));
      if (!content) throw notFound();
      await audit.record(formRead, {
        actor: actorOf(administrator),
        account: person.id,
        source,
        outcome: 'success',
        data: { target: form.id },
      });
      return { name: `nomination-${form.id}.${EXTENSIONS[form.type]}`, type: form.type, content };
    },

    preview: async (administrator, asked, given) =>
      acts.preview(administrator, membership.give, read(asked, given).input),

    async appoint(administrator, asked, given, circumstances) {
      const { input, type, content } = read(asked, given);
      // What is refused is refused before anything is kept.
      await acts.preview(administrator, membership.give, input);
      const { sub, profile = '', network = '', organisation } = input;
      const of = { sub, profile, network, ...(organisation !== undefined && { organisation }) };
      const proof = await forms.keep(content, type, of, actorOf(administrator));
      try {
        const outcome = await acts.perform(
          administrator,
          membership.give,
          { ...input, proof },
          circumstances,
        );
        // Already held: the profile keeps the proof that it has.
        if (outcome.state === 'done' && Object.keys(outcome.changes).length === 0) await forms.discard(proof);
        return outcome;
      } catch (error) {
        await forms.discard(proof);
        throw error;
      }
    },
  };
}
