import type { CodeProblem } from './links.ts';

/** Why a form is shown again. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly status?: number;
  readonly fields?: Readonly<Record<string, readonly string[]>>;
}

export type CodeRefusal = CodeProblem | 'forgotten.code_missing';

const CODE_SENTENCES: Readonly<Record<CodeRefusal, readonly [message: string, hint: string]>> = {
  'forgotten.code_missing': ['Saisissez le code du courriel.', 'Il a huit chiffres.'],
  'forgotten.code_wrong': ['Ce code n’est pas le bon.', 'Recopiez celui du courriel le plus récent.'],
  'forgotten.code_exhausted': ['Ce code a été refusé trop de fois.', 'Recommencez depuis le début.'],
  'forgotten.link_ended': ['Ce code n’est plus valable.', 'Recommencez depuis le début.'],
};

export function codeRefusalOf(code: CodeRefusal): Refusal {
  const [message, hint] = CODE_SENTENCES[code];
  return { code, message, hint };
}

/** What an interaction's uid is made of (oidc-provider: nanoid). */
const INTERACTION = /^[\w-]{10,64}$/u;

/** The sign-in that the person came from, as an address or a form names it; `null` for anything else. */
export function interactionIn(given: unknown): string | null {
  return typeof given === 'string' && INTERACTION.test(given) ? given : null;
}
