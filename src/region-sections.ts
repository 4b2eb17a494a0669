import { createAccountSections } from '#accounts/index.ts';
import type { Access } from '#access/index.ts';
import { createDirectorySections, type RegionSection } from '#directory/index.ts';
import type { Services } from './services.ts';

/** The keys of the region file, each by the module that owns its rows. */
export function regionSections(services: Services, access: Access): readonly RegionSection[] {
  return [...createDirectorySections(services), ...createAccountSections(services), ...access.regionSections];
}
