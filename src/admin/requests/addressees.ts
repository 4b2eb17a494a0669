import type { Administration, Authority } from '#access/index.ts';
import { isInForce, type Directory } from '#directory/index.ts';
import type { AccountRequest } from '#enrolment/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { Catalogue } from '../people/catalogue.ts';
import { placeOf } from './treating.ts';

/** An administrator who can be written to, and the requests that are theirs. */
export interface Addressee {
  readonly sub: string;
  readonly givenName: string;
  readonly email: string;
  readonly requests: readonly AccountRequest[];
}

interface Administrator extends Omit<Addressee, 'requests'> {
  readonly authority: Authority;
  readonly isAway: boolean;
}

export interface Addressees {
  /**
   * Who is written to about these requests, as things stand now. Whoever is on leave is passed over while somebody else
   * is there.
   */
  of(requests: readonly AccountRequest[]): Promise<readonly Addressee[]>;
  /** Those of them that an establishment treats, and for which nobody of it is there: all are on leave, or gone. */
  unattended(requests: readonly AccountRequest[]): Promise<readonly AccountRequest[]>;
}

/** Finds the administrators who decide on requests, for mails: nothing is permitted by being found. */
export function createAddressees(deps: {
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly directory: Pick<Directory, 'professionals'>;
  readonly administration: Administration;
}): Addressees {
  const { clock, catalogue, directory, administration } = deps;

  async function administrators(): Promise<readonly Administrator[]> {
    const policy = administration.policy();
    const nowMs = clock.nowMs();
    const found: Administrator[] = [];
    for (const { sub, status, memberships, givenName, email } of await catalogue.entries()) {
      const holdsOffice = memberships.some(
        held => policy.isPrivileged(held.profile) && isInForce(held, nowMs),
      );
      if (!holdsOffice || status !== 'active' || email === undefined) continue;
      const [person, authority] = await Promise.all([
        directory.professionals.get(sub),
        administration.authorityOf({ kind: 'person', sub, session: { acr: undefined, authTime: 0 } }),
      ]);
      const isAway = person?.delegations.some(absence => isInForce(absence, nowMs)) ?? true;
      found.push({ sub, givenName, email, authority, isAway });
    }
    return found;
  }

  return {
    async of(requests) {
      if (requests.length === 0) return [];
      const all = await administrators();
      const theirs = new Map<Administrator, AccountRequest[]>();
      for (const request of requests) {
        const deciding = all.filter(one => decides(one, request));
        const present = deciding.filter(({ isAway }) => !isAway);
        for (const one of present.length > 0 ? present : deciding)
          theirs.set(one, [...(theirs.get(one) ?? []), request]);
      }
      return Array.from(theirs, ([{ sub, givenName, email }, own]) => ({
        sub,
        givenName,
        email,
        requests: own,
      }));
    },
    async unattended(requests) {
      const local = requests.filter(({ life }) => life.handler?.kind === 'local');
      if (local.length === 0) return [];
      const present = (await administrators()).filter(({ isAway }) => !isAway);
      return local.filter(request => !present.some(one => decides(one, request)));
    },
  };
}

/** Nobody decides on their own request, and nobody agrees twice. What is local is of who is nearest, not of the region. */
function decides({ sub, authority }: Administrator, request: AccountRequest): boolean {
  const { state, handler, own, proposedBy } = request.life;
  if (own.includes(sub)) return false;
  const offices = authority.officesFor('account_request', 'decide', placeOf(request));
  // The second agreement may be anybody's: an establishment has often one administrator only.
  if (state === 'second_needed') return sub !== proposedBy && offices.length > 0;
  return handler?.kind === 'local'
    ? offices.some(({ profile }) => profile !== 'administrateur_regional')
    : offices.length > 0;
}
