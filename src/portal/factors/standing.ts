import { ACR, acrRank, type Acr, type Clock } from '#kernel/index.ts';
import type { EnrolledFactor, Factors, MeansRegistry, Method } from '#methods/index.ts';
import type { PortalPorts } from '../ports.ts';
import type { Visitor } from '../visitor.ts';

/** What somebody must have shown to handle their means. */
export interface StepUp {
  readonly acr: Acr;
  /** Seconds. */
  readonly maxAge: number;
}

/** How long a sign-in counts as fresh for who handles their means. */
export const FRESH_SECONDS = 600;

export interface Standing {
  /** The step-up that is missing; `null` when the session is strong and fresh enough. */
  missing(visitor: Visitor): Promise<StepUp | null>;
  /** True for who has shown a second factor a short while ago. */
  isProven(visitor: Visitor): boolean;
  /** True for who has a means that is a second factor by itself (a card, a passkey) and could show it now. */
  canProve(visitor: Visitor): Promise<boolean>;
  /** True when, without that factor, the person could not open what they may open now. */
  isRequired(visitor: Visitor, factor: EnrolledFactor): Promise<boolean>;
}

/** What may be done to one's means, and after which sign-in. */
export function createStanding(deps: {
  readonly clock: Clock;
  readonly means: MeansRegistry;
  readonly factors: Factors;
  readonly ports: PortalPorts;
}): Standing {
  const { clock, means, factors, ports } = deps;

  const isFresh = ({ session }: Visitor) => session.authTime >= clock.now() - FRESH_SECONDS;

  async function available(visitor: Visitor): Promise<readonly Method[]> {
    // Nobody knows who has a card at hand, so it is not asked of anybody in order to see to the others.
    const here = (await means.inForce({})).filter(({ elsewhere }) => !elsewhere);
    // What may reach somebody else is asked of nobody either: it is seen to here.
    const methods = here.filter(method => method.isUnproven?.(visitor) !== true);
    const has = await Promise.all(methods.map(async method => method.isAvailableTo(visitor)));
    return methods.filter((_method, index) => has[index]);
  }

  /** As strong as this person can be: a session that is less is of somebody who may know the password only. */
  async function levelOf(visitor: Visitor): Promise<Acr> {
    // Recovery codes are for the day of a loss; nobody is made to spend one in order to see to the others.
    const others = (await available(visitor)).filter(({ id }) => id !== 'recovery');
    if (others.some(reachesMfa)) return ACR.mfa;
    return others.some(({ acrAsSecond }) => acrAsSecond === ACR.code) ? ACR.code : ACR.pwd;
  }

  async function needsMfa({ account }: Visitor): Promise<boolean> {
    if (await ports.administers(account.id)) return true;
    const applications = await ports.applicationsFor(account.id);
    return applications.some(({ minimumAcr }) => acrRank(minimumAcr) >= acrRank(ACR.mfa));
  }

  return {
    isProven: visitor => isFresh(visitor) && acrRank(visitor.session.acr) >= acrRank(ACR.mfa),
    async canProve(visitor) {
      const alone = (await means.inForce({})).filter(
        ({ acrAlone }) => acrRank(acrAlone ?? undefined) >= acrRank(ACR.mfa),
      );
      const has = await Promise.all(alone.map(async method => method.isAvailableTo(visitor)));
      return has.includes(true);
    },
    async missing(visitor) {
      const acr = await levelOf(visitor);
      const isEnough = isFresh(visitor) && acrRank(visitor.session.acr) >= acrRank(acr);
      return isEnough ? null : { acr, maxAge: FRESH_SECONDS };
    },
    async isRequired(visitor, factor) {
      if (factor.method === 'recovery') return false;
      const counting = await factors.counting(visitor.account.id);
      // What proves nothing yet, or no more, is missed by nobody.
      if (!counting.some(({ ref }) => ref === factor.ref) || !(await needsMfa(visitor))) return false;
      const left = new Set(counting.filter(({ ref }) => ref !== factor.ref).map(({ method }) => method));
      return !(await available(visitor)).some(
        method =>
          reachesMfa(method) &&
          method.id !== 'recovery' &&
          // An enrolled means stays while one of its factors does; the others (SMS) stay anyhow.
          (method.enrolment === undefined || left.has(method.id)),
      );
    },
  };
}

function reachesMfa({ acrAsSecond, acrAlone }: Method): boolean {
  return Math.max(acrRank(acrAsSecond ?? undefined), acrRank(acrAlone ?? undefined)) >= acrRank(ACR.mfa);
}
