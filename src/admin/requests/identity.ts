import { nameOf, nationalIdsOf, professionOf, type AccountRequest } from '#enrolment/index.ts';

/** What somebody new is registered with: what was proven, else what was declared. */
export function identityOf(request: AccountRequest, branch: string | undefined) {
  const { answers, proven } = request;
  const name = nameOf(request);
  const profession = professionOf(request);
  const civility = name?.civility;
  return {
    given_name: name?.givenName ?? '',
    family_name: name?.familyName ?? '',
    // A title of practice (DR, PR) is none of the two.
    ...((civility === 'M' || civility === 'MME') && { civility }),
    ...(profession !== undefined && { profession }),
    specialties: [...(proven?.specialties ?? [])],
    email: answers.email?.address ?? '',
    ...(answers.phones && { phone: answers.phones.mobile }),
    national_ids: [...nationalIdsOf(request)],
    ...(branch !== undefined && { organisation: branch }),
  };
}

/** Whose administrators look after somebody new, unless something else is said: where they work, else who treats it. */
export function usualBranch({
  answers: { workplace },
  life: { handler },
}: AccountRequest): string | undefined {
  if (workplace?.kind === 'organisation') return workplace.organisation;
  return handler?.kind === 'local' ? handler.organisation : undefined;
}
