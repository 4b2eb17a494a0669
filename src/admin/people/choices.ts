import type { Authority, Place } from '#access/index.ts';
import type { Directory } from '#directory/index.ts';
import { branchOf } from '../organisations/tree.ts';

/** One line of a select. */
export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** What forms about people offer to choose from, within a branch. */
export interface Choices {
  /** The establishments of the branch where that may be done, as a tree laid flat. */
  organisations(
    authority: Authority,
    right: readonly ['account' | 'membership', string],
  ): Promise<readonly Choice[]>;
  /** Networks in which the authority may give a profile. */
  networks(authority: Authority): Promise<readonly Choice[]>;
  /** Profiles that may be given at that place; without one, anywhere. */
  profiles(authority: Authority, place?: Place): readonly Choice[];
  professions(): readonly Choice[];
  specialties(): readonly Choice[];
}

/** A space that a browser keeps at the beginning of an option. */
const INDENT = '\u2003';

export function createChoices(directory: Directory): Choices {
  const { codes } = directory;
  const toChoice = ({ code, label }: { readonly code: string; readonly label: string }): Choice => ({
    value: code,
    label,
  });
  return {
    async organisations(authority, [type, action]) {
      const all = await directory.organisations.all();
      return branchOf(all, authority)
        .filter(({ organisation: { id } }) => authority.may(type, action, { organisation: id }))
        .map(({ organisation: { id, name }, depth }) => ({
          value: id,
          label: `${INDENT.repeat(depth)}${name}`,
        }));
    },
    async networks(authority) {
      const all = await directory.networks.all();
      return all
        .filter(({ id }) => authority.mayInNetwork('membership', 'give', id))
        .map(({ id, name }) => ({ value: id, label: name }));
    },
    profiles(authority, place) {
      const places: readonly Place[] = place
        ? [place]
        : authority.offices.map(({ network, organisation }) => ({ network, organisation }));
      const givable = new Set(places.flatMap(at => authority.givable(at)));
      return codes
        .profiles()
        .filter(({ code }) => givable.has(code))
        .map(toChoice);
    },
    professions: () => codes.professions().map(toChoice),
    specialties: () => codes.specialties().map(toChoice),
  };
}
