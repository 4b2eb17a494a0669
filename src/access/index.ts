/**
 * Access decisions: the decision point (OpenID AuthZEN 1.0), the rules of contract §7, the patient's information,
 * consents and oppositions, patient keys, RCP sessions, and the decision log. Owns the policy folder, through casbin.
 * Does not own who people are and which profiles they hold (`directory/`), nor sessions and callers (`oidc/`): those
 * are facts it is given. Never answers from a policy that was not loaded whole; what it cannot decide, it refuses.
 */
export { createAccess, type Access, type AccessDeps, type LinkedKeys, type PolicyOffice } from './access.ts';
export { accessSection } from './section.ts';
export { accessEvents } from './events.ts';
export { policyTest, type PolicyTestReport } from './policy-test.ts';
export type { ApiCallers, CallGuard, SignClaims } from './routes/index.ts';
export type { Caller, SessionFacts } from './caller.ts';
export type { Decision } from './decision.ts';
export {
  explanationText,
  type Explainer,
  type Explanation,
  type ExplanationRequest,
  type ExplanationStep,
} from './explain/index.ts';
export {
  emergencyStateOf,
  type EmergencyPurpose,
  type EmergencyRegister,
  type EmergencyState,
  type EmergencyUse,
} from './emergencies/index.ts';
export type { DecisionRequest } from './request.ts';
export type { Notice, Notices } from './notices/index.ts';
export type { RcpListing, RcpSessionView } from './records/rcp-listing.ts';
export type { AccountFacts } from './facts/store-facts.ts';
export type { Administration, AdministrationAct, Administrator } from './administration/administration.ts';
export type { Authority, Located, Office, Place } from './administration/authority.ts';
export { ROOT_ORGANISATION, treeOf, type OrganisationTree } from './administration/tree.ts';
export { patientKeyReader } from './records/keys.ts';
export {
  createConsentFile,
  type ConsentFile,
  type LineCounts,
  type LineReport,
} from './records/bulk/consent-file.ts';
export type { Reader, RecordDossier, RecordOffice } from './records/record-office.ts';
export { createPatientKeyRing, type KeyVersion, type PatientKeyRing } from './records/key-ring.ts';
export {
  ADMINISTRATION,
  POLICY_VOCABULARY,
  PRIVILEGED_PROFILES,
  PROFILES,
  PURPOSES,
  RECORD_ACTIONS,
  SENTENCE_CODES,
  type AdministrationType,
} from './vocabulary.ts';
export type { LoadedPolicy, PolicyHistory } from './policy-history.ts';
export type { Policy } from './engine/index.ts';
export type { ReasonCode } from './vocabulary.ts';
