import { accessSection } from '#access/index.ts';
import { accountsSection } from '#accounts/index.ts';
import { adminSection } from '#admin/index.ts';
import { auditSection } from '#audit/index.ts';
import { coreSection, type Section } from '#config/index.ts';
import { enrolmentSection } from '#enrolment/index.ts';
import { forgottenSection } from '#forgotten/index.ts';
import { cardSection, codeSection, factorsSection, proSanteConnectSection } from '#methods/index.ts';
import { notifySection } from '#notify/index.ts';
import { oidcSection } from '#oidc/index.ts';
import { signinSection } from '#signin/index.ts';
import { tracingSection } from '#tracing/index.ts';

/** Every module's section, in the order of the documentation. A new module adds its line here. */
export const sections: readonly Section[] = [
  coreSection,
  accountsSection,
  signinSection,
  forgottenSection,
  cardSection,
  codeSection,
  factorsSection,
  proSanteConnectSection,
  oidcSection,
  accessSection,
  enrolmentSection,
  adminSection,
  notifySection,
  auditSection,
  tracingSection,
];
