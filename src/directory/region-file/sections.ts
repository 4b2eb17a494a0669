import type { Directory } from '../directory.ts';
import { applicationsSection } from './applications.ts';
import type { RegionSection, RegionVocabulary } from './section.ts';
import { networksSection, organisationsSection, regionInfoSection } from './territory.ts';

/** The keys of the region file that are the directory's own. The professionals are part of `accounts`. */
export function createDirectorySections({
  directory,
  vocabulary,
}: {
  readonly directory: Directory;
  readonly vocabulary: RegionVocabulary;
}): readonly RegionSection[] {
  return [
    regionInfoSection(directory),
    networksSection(directory),
    organisationsSection(directory),
    applicationsSection(directory, vocabulary.scopes),
  ];
}
