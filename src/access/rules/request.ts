import { ACR, acrRank, normaliseAcr } from '#kernel/index.ts';
import { PURPOSES } from '../vocabulary.ts';
import { deny, isEmergency, type Question, type Rule } from './rule.ts';

/** Rules 4 and 5: what is asked, and at which level of sign-in. */

export function requestKnown(actions: readonly string[]): Rule<Question> {
  return {
    id: '4',
    judge({ network, action, purpose }) {
      if (!network) return deny('network_unknown');
      if (!actions.includes(action)) return deny('action_unknown');
      if (!PURPOSES.some(known => known === purpose)) return deny('purpose_unknown');
      return undefined;
    },
  };
}

/** The network's own minimum for the purpose if it is not `normal`, else for the action; else the contract's defaults. */
export function networkMinimum({ network, purpose, action }: Question): string {
  const asked = isEmergency(purpose) ? purpose : action;
  const own = network?.minimumAcr;
  return (
    (own && Object.hasOwn(own, asked) ? own[asked] : undefined) ?? (isEmergency(purpose) ? ACR.mfa : ACR.code)
  );
}

function levelRule(minimumOf: (question: Question) => string): Rule<Question> {
  return {
    id: '5',
    judge(question) {
      const minimum = minimumOf(question);
      const required = acrRank(minimum);
      // SECURITY: a minimum that nobody knows (rank 0) is reached by nobody, and no sign-in would help.
      if (required > 0 && acrRank(question.acr) >= required) return undefined;
      const normal = normaliseAcr(minimum);
      return deny('acr_too_low', {
        ...(normal === undefined ? {} : { acrValues: [normal] }),
        facts: { level: question.acr ?? null, required: minimum },
      });
    },
  };
}

export const levelReached: Rule<Question> = levelRule(networkMinimum);

/** Non-nominative documents: a password is enough. */
export const documentLevelReached: Rule<Question> = levelRule(() => ACR.pwd);
