import type { Accounts } from '#accounts/index.ts';
import type { Directory, Professional } from '#directory/index.ts';
import { ACR, acrRank } from '#kernel/index.ts';
import type { Method, Person } from '#methods/index.ts';
import { levelOf } from '#signin/index.ts';

/** More than a region appoints. */
const MOST_ADMINISTRATORS = 500;

/** True when somebody who administers the region at that instant reaches the level of administration by these means. */
export type WayIn = (inForce: readonly Method[], atMs: number) => Promise<boolean>;

/**
 * The regional administrators as they are now, each with what they have of the means: a code by SMS opens nothing for
 * who has no telephone. Where nobody holds the profile at that instant, the means themselves are judged.
 */
export async function findWayIn(deps: {
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly methods: readonly Method[];
}): Promise<WayIn> {
  const { directory, accounts, methods } = deps;
  const { items } = await directory.professionals.list('profile', {
    key: 'administrateur_regional',
    limit: MOST_ADMINISTRATORS,
  });
  const administrators = await Promise.all(
    items
      .filter(({ status }) => status === 'active')
      .map(async professional => {
        const account = await accounts.get(professional.id);
        return { professional, has: account ? await meansOf({ account, professional }, methods) : new Set() };
      }),
  );
  const isEnough = (means: readonly Method[]) => acrRank(levelOf(means)) >= acrRank(ACR.code);
  return async (inForce, atMs) => {
    const inOffice = administrators.filter(({ professional }) => holdsAt(professional, atMs));
    if (inOffice.length === 0) return isEnough(inForce);
    return inOffice.some(({ has }) => isEnough(inForce.filter(({ id }) => has.has(id))));
  };
}

async function meansOf(person: Person, methods: readonly Method[]): Promise<ReadonlySet<unknown>> {
  const own = await Promise.all(
    methods.map(async method => ((await method.isAvailableTo(person)) ? [method.id] : [])),
  );
  return new Set(own.flat());
}

function holdsAt({ memberships }: Professional, atMs: number): boolean {
  return memberships.some(
    ({ profile, fromMs = -Infinity, toMs = Infinity }) =>
      profile === 'administrateur_regional' && fromMs <= atMs && atMs < toMs,
  );
}
