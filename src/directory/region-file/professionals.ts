import { z } from 'zod';
import type { Directory } from '../directory.ts';
import { hasUnprovenPhone, withProvenPhone } from '../phones.ts';
import type { Professional } from '../types.ts';
import {
  idField,
  lineField,
  maskPersonId,
  personIdField,
  warnOfEmptyWindows,
  warnOfFiness,
  windowFields,
  windowOf,
  windowRow,
} from './fields.ts';
import { findUnknown, planDocument, warnOfUnknownWords } from './planning.ts';
import type { RegionContext, RowClaim, RowPlan } from './section.ts';

/** The part of a row of `accounts` that says who the person is. `accounts/` adds the login and makes the section. */
export const professionalFields = {
  sub: idField,
  /** `active` for somebody new; without it, who is there stays as they are: no row opens by its silence what was closed. */
  status: z.enum(['active', 'suspended', 'closed']).optional(),
  given_name: lineField(100),
  family_name: lineField(100),
  civility: lineField(10).optional(),
  profession: lineField(10).optional(),
  specialties: z.array(lineField(10)).max(50).default([]),
  email: z.email('expected an e-mail address').max(254).optional(),
  phone: z
    .string()
    .transform(text => text.replace(/[\s.-]/gu, ''))
    .pipe(
      z.string().regex(/^\+\d{6,15}$/u, 'expected a number in international form, such as `+33600000001`'),
    )
    .optional(),
  phone_verified: z.boolean().optional(),
  national_ids: z.array(personIdField).max(20).default([]),
  memberships: z
    .array(
      z.strictObject({
        network: idField,
        organisation: idField.optional(),
        profile: idField,
        ...windowFields,
      }),
    )
    .max(200)
    .default([]),
  delegations: z
    .array(z.strictObject({ delegate: idField, ...windowFields }))
    .max(200)
    .default([]),
  applications: z.array(z.string().min(1).max(128)).max(500).optional(),
  branch: idField.optional(),
};

export type ProfessionalRow = z.output<z.ZodObject<typeof professionalFields>>;

/** What no two rows may share besides the `sub`. */
export function claimsOfProfessional(row: ProfessionalRow): readonly RowClaim[] {
  return row.national_ids.map(id => ({
    key: `national identifier ${id}`,
    said: `national identifier ${maskPersonId(id)}`,
  }));
}

/** Plans the professional of a row of `accounts`: what it would write, or why it is refused. */
export async function planProfessional(
  directory: Directory,
  row: ProfessionalRow,
  context: RegionContext,
  knownProfiles: readonly string[],
): Promise<RowPlan> {
  const reason = (await unknownReference(row, context)) ?? (await foreignNationalId(directory, row));
  if (reason !== undefined) return { outcome: 'refuse', reason };
  const before = await directory.professionals.get(row.sub);
  const writer = {
    insert: directory.professionals.insert,
    update: (sub: string, change: (professional: Professional) => Professional) =>
      directory.professionals.update(sub, now => withOwnFields(change(now), now)),
  };
  return planDocument(
    professionalOf(row, before),
    before && ofTheFile(before),
    writer,
    warningsOf(directory, row, knownProfiles),
  );
}

/** The professional as the file can say it: what only the service knows does not count as a difference. */
function ofTheFile({
  changedAtMs: _changedAtMs,
  sessionsEpoch: _sessionsEpoch,
  hasSessionsToEnd: _hasSessionsToEnd,
  newPhone: _newPhone,
  ...professional
}: Professional): Professional {
  return {
    ...professional,
    memberships: professional.memberships.map(
      ({ givenBy: _givenBy, givenAtMs: _givenAtMs, proof: _proof, ...membership }) => membership,
    ),
  };
}

/** Memberships that stay keep who gave them, when, and on which proof; a number that waits to count goes on waiting. */
function withOwnFields(wanted: Professional, before: Professional): Professional {
  const isProvenMeanwhile = wanted.phone === before.phone && !hasUnprovenPhone(before);
  return {
    ...(isProvenMeanwhile && wanted.phone !== undefined ? withProvenPhone(wanted, wanted.phone) : wanted),
    ...(before.newPhone && { newPhone: before.newPhone }),
    memberships: wanted.memberships.map(membership => {
      const held = before.memberships.find(
        ({ network, organisation, profile }) =>
          network === membership.network &&
          organisation === membership.organisation &&
          profile === membership.profile,
      );
      const { givenBy, givenAtMs, proof } = held ?? {};
      return {
        ...membership,
        ...(givenBy !== undefined && { givenBy }),
        ...(givenAtMs !== undefined && { givenAtMs }),
        ...(proof !== undefined && { proof }),
      };
    }),
  };
}

function unknownReference(row: ProfessionalRow, context: RegionContext): Promise<string | undefined> {
  return findUnknown(context, [
    ...row.memberships.flatMap(({ network, organisation }) => [
      ['networks', 'network', network] as const,
      ['organisations', 'organisation', organisation] as const,
    ]),
    ...row.delegations.map(({ delegate }) => ['accounts', 'account', delegate] as const),
    ...(row.applications ?? []).map(id => ['applications', 'application', id] as const),
    ['organisations', 'organisation', row.branch],
  ]);
}

async function foreignNationalId(directory: Directory, row: ProfessionalRow): Promise<string | undefined> {
  for (const id of row.national_ids) {
    const holder = await directory.professionals.findByNationalId(id);
    if (holder && holder.id !== row.sub)
      return `national identifier ${maskPersonId(id)} is that of account \`${holder.id}\``;
  }
  return undefined;
}

function warningsOf(
  { codes }: Directory,
  row: ProfessionalRow,
  knownProfiles: readonly string[],
): readonly string[] {
  const isUnknown = ({ code, label }: { readonly code: string; readonly label: string }) => code === label;
  return [
    ...warnOfEmptyWindows('memberships', row.memberships.map(windowOf)),
    ...warnOfUnknownWords(
      row.memberships.map(({ profile }, n) => [`memberships[${n}].profile`, profile]),
      knownProfiles,
    ),
    ...warnOfEmptyWindows('delegations', row.delegations.map(windowOf)),
    ...row.national_ids
      .filter(id => id.startsWith('3'))
      .flatMap(id => warnOfFiness(id.slice(1).split('/')[0])),
    ...(row.profession !== undefined && isUnknown(codes.profession(row.profession))
      ? [`profession: unknown code \`${row.profession}\`, kept`]
      : []),
    ...(row.civility !== undefined && isUnknown(codes.civility(row.civility))
      ? [`civility: unknown code \`${row.civility}\`, kept`]
      : []),
  ];
}

/**
 * Whoever writes the file vouches for its numbers, unless it says `phone_verified: false`. A number that is known already
 * stays as proven as it is: the file is imported again at every start.
 */
function unprovenPhoneOf(
  { phone, phone_verified: isVerified }: ProfessionalRow,
  before: Professional | null,
): Pick<Professional, 'unprovenPhone'> {
  if (phone === undefined || isVerified === true) return {};
  if (before?.phone === phone) return before.unprovenPhone ? { unprovenPhone: before.unprovenPhone } : {};
  return isVerified === false ? { unprovenPhone: { number: phone } } : {};
}

function professionalOf(row: ProfessionalRow, before: Professional | null): Professional {
  return {
    id: row.sub,
    status: row.status ?? before?.status ?? 'active',
    givenName: row.given_name,
    familyName: row.family_name,
    ...(row.civility !== undefined && { civility: row.civility }),
    ...(row.profession !== undefined && { profession: row.profession }),
    specialties: row.specialties,
    ...(row.email !== undefined && { email: row.email }),
    ...(row.phone !== undefined && { phone: row.phone }),
    ...unprovenPhoneOf(row, before),
    nationalIds: row.national_ids,
    memberships: row.memberships.map(({ network, organisation, profile, ...window }) => ({
      network,
      ...(organisation !== undefined && { organisation }),
      profile,
      ...windowOf(window),
    })),
    delegations: row.delegations.map(({ delegate, ...window }) => ({ delegate, ...windowOf(window) })),
    ...(row.applications !== undefined && { applications: row.applications }),
    ...(row.branch !== undefined && { branch: row.branch }),
  };
}

/** A professional as the file holds one. */
export function professionalToRow(professional: Professional): object {
  return {
    sub: professional.id,
    status: professional.status,
    given_name: professional.givenName,
    family_name: professional.familyName,
    civility: professional.civility,
    profession: professional.profession,
    specialties: professional.specialties,
    email: professional.email,
    phone: professional.phone,
    phone_verified: hasUnprovenPhone(professional) ? false : undefined,
    national_ids: professional.nationalIds,
    memberships: professional.memberships.map(({ network, organisation, profile, ...window }) => ({
      network,
      organisation,
      profile,
      ...windowRow(window),
    })),
    delegations: professional.delegations.map(({ delegate, ...window }) => ({
      delegate,
      ...windowRow(window),
    })),
    applications: professional.applications,
    branch: professional.branch,
  };
}
