import type { Administrator, Authority } from '#access/index.ts';
import {
  isNetworkClosed,
  nationalIdsOf,
  type AccountRequest,
  type Decision,
  type Grant,
} from '#enrolment/index.ts';
import type { Directory } from '#directory/index.ts';
import { AppError } from '#kernel/index.ts';
import { z } from 'zod';
import type { Act } from '../acts/act.ts';
import type { Acts } from '../acts/perform.ts';
import { conflict, invalidFields } from '../acts/refusals.ts';
import { PARTICULAR, PRIVILEGED } from '../particular.ts';
import { idField } from '../people/fields.ts';
import type { PeopleActs } from '../people/index.ts';
import { checkGift } from '../people/membership-acts.ts';
import { identityOf } from './identity.ts';

/** ISO 8601; kept as it is, for it is read again when the profile is given. */
const instantText = z.iso.datetime({ offset: true, error: 'Écrivez une date et une heure valables.' });

export const grantField = z.strictObject({
  network: idField,
  organisation: idField.optional(),
  profile: idField,
  from: instantText.optional(),
  to: instantText.optional(),
});

/** Profiles that a request may bring: those that administer are given by an appointment, with its own document. */
export function offeredProfiles(authority: Authority, place: Omit<Grant, 'profile'>): readonly string[] {
  return authority.givable(place).filter(profile => !PRIVILEGED.has(profile));
}

/** True when a second administrator must agree. */
export const isParticular = (grants: readonly Grant[]): boolean =>
  grants.some(({ profile }) => PARTICULAR.has(profile));

export const hasForm = ({ proofs }: Pick<AccountRequest, 'proofs'>): boolean =>
  proofs.some(({ kind }) => kind === 'habilitation_form');

/**
 * Judges what a decision would give, as if it were done now by that administrator: nobody is accepted for whom the
 * opening would be refused. Writes nothing. Throws `admin.profile_not_givable` (403), `admin.invalid` (422),
 * `admin.not_found` (404), and what the acts of the opening refuse.
 */
export async function checkDecision(
  deps: {
    readonly acts: Acts;
    readonly people: PeopleActs;
    readonly directory: Directory;
  },
  request: AccountRequest,
  { known, branch, grants }: Omit<Decision, 'decider'>,
  by: { readonly administrator: Administrator; readonly authority: Authority },
): Promise<void> {
  const { acts, people, directory } = deps;
  for (const [index, grant] of grants.entries()) {
    if (isNetworkClosed(request.life, grant.network))
      throw invalidFields({ [`grants.${index}.network`]: 'Ce réseau n’a pas donné son accord.' });
    if (!offeredProfiles(by.authority, grant).includes(grant.profile)) throw notGivable();
    await checkGift(directory, grant);
  }
  if (isParticular(grants) && !hasForm(request)) throw formMissing();
  const { account } = request.life;
  if (known === undefined) {
    // An opening that was cut short may have left the person already.
    if (account !== undefined && (await directory.professionals.get(account))) return;
    await acts.preview(by.administrator, people.identity.createAs, {
      sub: 'acc-preview',
      ...identityOf(request, branch),
    });
    return;
  }
  for (const grant of grants)
    await giveTo(deps, request, { sub: known, grant, authority: by.authority }, (act, input) =>
      acts.preview(by.administrator, act, input),
    );
}

/**
 * How an existing person is given a profile: as a colleague of the branch, or by number and name as one of elsewhere.
 * SECURITY: the number is that of the request, never one that was typed for it here.
 */
export async function giveTo<T>(
  { people, directory }: { readonly people: PeopleActs; readonly directory: Directory },
  request: AccountRequest,
  { sub, grant, authority }: { readonly sub: string; readonly grant: Grant; readonly authority: Authority },
  use: <I, R>(act: Act<I, R>, input: object) => Promise<T>,
): Promise<T> {
  const { give, attach } = people.membership;
  const given = { ...grant, ...(PARTICULAR.has(grant.profile) && { proof: proofWords(request) }) };
  const person = await directory.professionals.get(sub);
  const own = nationalIdsOf(request);
  const national_id = person?.nationalIds.find(id => own.includes(id));
  if (!person || authority.reaches('membership', 'give', person) || national_id === undefined)
    return use(give, { sub, ...given });
  return use(attach, { national_id, family_name: person.familyName, ...given });
}

const proofWords = ({ id }: AccountRequest) => `Formulaire signé, demande de compte ${id}`;

function notGivable(): AppError {
  return new AppError({
    code: 'admin.profile_not_givable',
    status: 403,
    publicMessage: 'Vous ne pouvez pas donner l’un de ces profils à cet endroit.',
    hint: 'Choisissez un autre profil, ou transmettez la demande à la région.',
  });
}

function formMissing() {
  return conflict('admin.habilitation_form_missing', {
    publicMessage: 'L’un de ces profils est une habilitation particulière.',
    hint: 'Ajoutez d’abord à la demande le formulaire signé par le chef d’établissement.',
  });
}
