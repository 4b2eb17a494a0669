import type { AccountRequest } from './request.ts';

/** The steps of the form, in order. The ids stand in addresses, and are those of the forms. */
export const STEP_IDS = [
  'profession',
  'number',
  'name',
  'address',
  'workplace',
  'phones',
  'email',
  'interests',
  'proofs',
  'summary',
] as const;

export type StepId = (typeof STEP_IDS)[number];

export const STEP_TITLES: Readonly<Record<StepId, string>> = {
  profession: 'Profession',
  number: 'Identification',
  name: 'Identité',
  address: 'Adresse professionnelle',
  workplace: 'Établissement',
  phones: 'Téléphones',
  email: 'Adresse e-mail',
  interests: 'Réseaux et applications',
  proofs: 'Justificatifs',
  summary: 'Récapitulatif',
};

/** What the RPPS extract of the region says of the number that was typed. */
export type RegisterCheck =
  | { readonly outcome: 'not_imported' | 'unknown' }
  | {
      readonly outcome: 'found';
      readonly familyName: string;
      readonly givenName: string;
      readonly civility: string;
      readonly profession: string;
    };

export type Workplace =
  | { readonly kind: 'organisation'; readonly organisation: string; readonly name: string }
  | { readonly kind: 'other'; readonly name: string }
  | { readonly kind: 'liberal' };

/** What a person declared, step by step: each is there when it is valid, and only then. */
export interface Answers {
  /** `null`: the region had no règlement in force. */
  readonly terms: { readonly version: string; readonly acceptedAt: number } | null;
  readonly profession?: { readonly code: string };
  readonly number?: { readonly rpps: string | null; readonly register: RegisterCheck };
  readonly name?: {
    readonly civility: string;
    readonly familyName: string;
    readonly givenName: string;
  };
  readonly address?: { readonly street: string; readonly postcode: string; readonly town: string };
  readonly workplace?: Workplace;
  readonly phones?: { readonly mobile: string; readonly others: readonly string[] };
  readonly email?: { readonly address: string; readonly isVerified: boolean };
  readonly interests?: { readonly networks: readonly string[]; readonly applications: readonly string[] };
}

/** SPEC: TRE_G15: a physician gives an RPPS number (issue of the region's procedures). */
export const PHYSICIAN = '10';

/** The prefix of an RPPS number among the national identifiers of persons. */
const RPPS_PREFIX = '8';

/** What a request says, whatever has become of it. */
export type Content = Pick<AccountRequest, 'answers' | 'proven' | 'proofs' | 'askedBy'>;

/** What counts: what was proven goes before what was declared. */
export const professionOf = ({ answers, proven }: Content): string | undefined =>
  proven?.profession ?? answers.profession?.code;

export function rppsOf({ answers, proven }: Content): string | undefined {
  if (!proven) return answers.number?.rpps ?? undefined;
  return proven.nationalIds.find(id => /^8\d{11}$/u.test(id))?.slice(1);
}

/** National identifiers, prefix included. */
export function nationalIdsOf(request: Content): readonly string[] {
  if (request.proven) return request.proven.nationalIds;
  const rpps = rppsOf(request);
  return rpps === undefined ? [] : [`${RPPS_PREFIX}${rpps}`];
}

export function nameOf({ answers, proven }: Content) {
  const { name } = answers;
  if (!proven) return name;
  const civility = proven.civility ?? name?.civility;
  if (civility === undefined) return undefined;
  return { civility, familyName: proven.familyName, givenName: proven.givenName };
}

/** Somebody else began it, and the person has not taken it over yet. */
export const waitsForTheirWord = ({ askedBy }: Pick<Content, 'askedBy'>): boolean =>
  askedBy !== undefined && askedBy.takenOverAt === undefined;

/** Whether a document of that kind is there and was not destroyed. */
export const hasProof = ({ proofs }: Content, kind: string) =>
  proofs.some(proof => proof.kind === kind && proof.gone === undefined);

const DONE: Readonly<Record<Exclude<StepId, 'summary'>, (request: Content) => boolean>> = {
  profession: request => professionOf(request) !== undefined,
  number: request =>
    request.proven !== null ||
    (request.answers.number !== undefined &&
      (professionOf(request) !== PHYSICIAN || request.answers.number.rpps !== null)),
  name: request => nameOf(request) !== undefined,
  address: ({ answers }) => answers.address !== undefined,
  workplace: ({ answers }) => answers.workplace !== undefined,
  phones: ({ answers }) => answers.phones !== undefined,
  email: ({ answers }) => answers.email?.isVerified === true,
  interests: ({ answers }) => answers.interests !== undefined,
  proofs: request =>
    // Whoever asks for somebody answers for who that is; the person may add documents all the same.
    request.proven !== null ||
    request.askedBy !== undefined ||
    (hasProof(request, 'identity_card') && hasProof(request, 'signed_request')),
};

/** Steps that a request has; who came by a card or Pro Santé Connect is asked for no proof. */
export const stepsOf = ({ proven }: Pick<Content, 'proven'>): readonly StepId[] =>
  proven ? STEP_IDS.filter(id => id !== 'proofs') : STEP_IDS;

/** The steps that are still to be done before it can be sent, in order. */
export function missingOf(request: Content): readonly StepId[] {
  return stepsOf(request).filter(id => id !== 'summary' && !DONE[id](request));
}

/** Steps that may be shown: those that are done, the first that is not, and the address by which one comes back. */
export function reachableOf(request: Content): ReadonlySet<StepId> {
  const [first = 'summary'] = missingOf(request);
  const steps = stepsOf(request);
  return new Set<StepId>([...steps.slice(0, steps.indexOf(first) + 1), 'email']);
}
