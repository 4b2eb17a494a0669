/**
 * The means of signing in, one folder each, and the dated registry that says which of them count. Owns how a proof is
 * made and judged; does not own attempt caps, lockout, levels of a session, pages or audit (`signin/`), who may change
 * the registry (`admin/`), nor what an account is (`accounts/`). A new means is one folder and one line in
 * `createMethods`.
 */
import type { Accounts } from '#accounts/index.ts';
import type { Audit } from '#audit/index.ts';
import type { SectionValues } from '#config/index.ts';
import type { Directory } from '#directory/index.ts';
import type { HttpLogger } from '#http/index.ts';
import type { Clock, Sealer } from '#kernel/index.ts';
import type { Notify } from '#notify/index.ts';
import type { Store } from '#store/index.ts';
import { openCardMeans, readCardFiles, type CardSite } from './card/open.ts';
import type { cardSection } from './card/section.ts';
import { createMailChannel, createSmsCodeChannel } from './code/channels.ts';
import { createCodeMethod } from './code/index.ts';
import type { codeSection } from './code/section.ts';
import type { Factors } from './factors.ts';
import type { Method } from './method.ts';
import { createPasskeyMethod } from './passkey/index.ts';
import { createPasswordMethod } from './password/index.ts';
import {
  createProviderMethod,
  upstreamsOf,
  type EndByOrigin,
  type proSanteConnectSection,
} from './pro-sante-connect/index.ts';
import { createRecoveryMethod } from './recovery/index.ts';
import { createTotpMethod } from './totp/index.ts';

export { cardEvents } from './card/events.ts';
export { cardSection } from './card/section.ts';
export { readCardFiles };
export { createCodeMethod } from './code/index.ts';
export { createContactCode, type ContactCodeDeps, type ContactField } from './code/contact-code.ts';
export { createLiveCodes, digitsOf, type LiveCode } from './code/live-codes.ts';
export { maskEmail, maskPhone } from './code/mask.ts';
export { codeSection } from './code/section.ts';
export { createFactors, type EnrolledFactor, type FactorKind, type Factors } from './factors.ts';
export type { FactorReset, FactorResets } from './factor-resets.ts';
export { createFactorOffice, type FactorAct, type FactorOffice } from './factor-office.ts';
export { createTokens, type Seed, type Token, type Tokens } from './totp/tokens.ts';
export type { TotpKey } from './totp/codes.ts';
export { newRequestPlace, waysBack } from './ways-back.ts';
export { methodsEvents } from './events.ts';
export { factorsSection } from './factors-section.ts';
export { proSanteConnectSection } from './pro-sante-connect/index.ts';
export type {
  Enrolment,
  EnrolmentOffer,
  EnrolmentTerms,
  EnrolmentVerdict,
  FactorNote,
  Holder,
} from './enrolment.ts';
export {
  createMeansRegistry,
  meansInForce,
  type MeansEntry,
  type MeansPeriod,
  type MeansPlace,
  type MeansRegistry,
} from './registry.ts';
export type {
  AttemptPlace,
  Challenge,
  ElsewherePage,
  Factor,
  MaySend,
  Method,
  MethodList,
  MethodService,
  Person,
  ProvenIdentity,
  SendLimits,
  Sentence,
  Verdict,
  WorkSituation,
} from './method.ts';

export interface MethodDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly notify: Notify;
  readonly accounts: Accounts;
  readonly directory: Directory;
  readonly factors: Factors;
  /** Our public address. */
  readonly issuer: string;
  /** Ends the sessions that came from one elsewhere; `oidc/` has them. */
  readonly endByOrigin: EndByOrigin;
  readonly audit: Audit;
  readonly logger: HttpLogger;
  readonly card: CardSite;
  readonly settings: {
    readonly card: SectionValues<typeof cardSection>;
    readonly code: SectionValues<typeof codeSection>;
    readonly proSanteConnect: SectionValues<typeof proSanteConnectSection>;
  };
}

/** Every means of this service, in the order in which pages offer them. */
export function createMethods(deps: MethodDeps): readonly Method[] {
  const { code, proSanteConnect } = deps.settings;
  return [
    createPasswordMethod(deps),
    ...openCardMeans(deps),
    ...upstreamsOf(proSanteConnect).map(upstream => createProviderMethod({ ...deps, upstream })),
    createTotpMethod(deps),
    createPasskeyMethod(deps),
    createCodeMethod({ ...deps, settings: code, channel: createMailChannel(deps) }),
    // Without a gateway there is nothing to offer, to switch on or to date.
    ...(deps.notify.hasSms
      ? [
          createCodeMethod({
            ...deps,
            settings: code,
            channel: createSmsCodeChannel({ ...deps, settings: code }),
          }),
        ]
      : []),
    // The last resort is offered last.
    createRecoveryMethod(deps),
  ];
}
