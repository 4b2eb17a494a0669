import type { AccountRequest } from '#enrolment/index.ts';
import type { TestApp } from '../support/app.ts';

export const PDF = Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n');

/** What a request of the tests says; everything else is like everybody's. */
export interface Wanted {
  readonly givenName?: string;
  readonly familyName: string;
  readonly email?: string;
  readonly rpps?: string | null;
  readonly profession?: string;
  /** An establishment of the region, or none. */
  readonly organisation?: string | null;
  readonly networks?: readonly string[];
  /** Networks that answer for themselves. */
  readonly validated?: readonly string[];
  /** Copies of documents besides those that everybody sends. */
  readonly habilitationForm?: boolean;
}

/** A request that somebody has filled in and sent, by the office of `enrolment/` itself: routed and compared as any. */
export async function sendRequest(app: TestApp, wanted: Wanted): Promise<AccountRequest> {
  const { requests, documents, places, duplicates } = app.enrolment.office;
  const { givenName = 'Léa', familyName, organisation = 'chu', profession = '60', rpps = null } = wanted;
  const email = wanted.email ?? `${familyName.toLowerCase()}@exemple.fr`;
  const workplace =
    organisation === null
      ? ({ kind: 'liberal' } as const)
      : ({ kind: 'organisation', organisation, name: organisation.toUpperCase() } as const);
  const token = await requests.begin(null, null, {
    profession: { code: profession },
    number: { rpps, register: { outcome: 'not_imported' } },
    name: { civility: 'MME', familyName, givenName },
    address: { street: '2 boulevard Tonnellé', postcode: '37000', town: 'Tours' },
    workplace,
    phones: { mobile: '+33612345678', others: [] },
    email: { address: email, isVerified: true },
    interests: { networks: [...(wanted.networks ?? ['cancerologie'])], applications: [] },
  });
  const draft = await requests.ofToken(token);
  if (!draft) throw new Error('a request that was begun is there');
  const kinds = [
    'identity_card',
    'signed_request',
    ...(wanted.habilitationForm ? ['habilitation_form'] : []),
  ];
  const proofs = await Promise.all(
    kinds.map(kind => documents.add(draft, PDF, { kind: kind as 'identity_card', type: 'application/pdf' })),
  );
  const whole = await requests.save(draft.id, before => ({ ...before, proofs }));
  const [handler, found] = await Promise.all([places.handlerOf(workplace), duplicates.find(whole)]);
  const own = found.flatMap(({ by, account }) => (by === 'name' || account === undefined ? [] : [account]));
  return requests.act(
    draft.id,
    { kind: 'requester' },
    () => ({ type: 'send', missing: [], handler, own, validated: wanted.validated ?? [] }),
    before => ({ ...before, marks: requests.marksOf(before), duplicates: found }),
  );
}

/** Has the service do what it does by itself every two seconds; from then on it does nothing by itself. */
export async function runErrands(app: TestApp): Promise<void> {
  // What its own job is doing just then would be left to it.
  await app.jobs.stop();
  await app.admin.jobs.find(({ name }) => name === 'admin.request-errands')?.run();
}

export async function stateOf(app: TestApp, id: string): Promise<string | undefined> {
  return (await app.enrolment.office.requests.get(id))?.life.state;
}
