import { createAccountSections } from '#accounts/index.ts';
import { PROFILES, type Access } from '#access/index.ts';
import { createDirectorySections, type RegionSection } from '#directory/index.ts';
import { createGuideSection } from '#enrolment/index.ts';
import { API_SCOPES, OIDC_SCOPES } from '#oidc/index.ts';
import type { Services } from './services.ts';

/** The words of the region file that mean something here. */
export const regionVocabulary = {
  profiles: PROFILES,
  scopes: [...OIDC_SCOPES, ...API_SCOPES],
};

/** The keys of the region file, each by the module that owns its rows. */
export function regionSections(services: Services, access: Access): readonly RegionSection[] {
  const deps = { ...services, vocabulary: regionVocabulary };
  return [
    ...createDirectorySections(deps),
    ...createAccountSections(deps),
    ...access.regionSections,
    createGuideSection(services),
  ];
}
