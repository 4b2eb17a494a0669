import civilities from './codes/civilities.json' with { type: 'json' };
import practiceModes from './codes/practice-modes.json' with { type: 'json' };
import professions from './codes/professions.json' with { type: 'json' };
import profiles from './codes/profiles.json' with { type: 'json' };
import savoirFaire from './codes/savoir-faire.json' with { type: 'json' };
import sectors from './codes/sectors.json' with { type: 'json' };

/** A code with the label that people read. */
export interface CodedValue {
  readonly code: string;
  readonly label: string;
}

/** The code systems. Each lookup answers for every code: an unknown one is its own label and is kept. */
export interface Codes {
  /** TRE_G15. */
  profession(code: string): CodedValue;
  /** TRE_R01, the part that oncology meets. */
  savoirFaire(code: string): CodedValue;
  civility(code: string): CodedValue;
  practiceMode(code: string): CodedValue;
  sector(code: string): CodedValue;
  /** The region's own profiles; what they allow is the policy's to say. */
  profile(code: string): CodedValue;
  /** Every profession, in the order of the nomenclature: for forms. */
  professions(): readonly CodedValue[];
  /** Every profile, in the order of the nomenclature: for forms. */
  profiles(): readonly CodedValue[];
  /** The savoir-faire that oncology meets: for forms. */
  specialties(): readonly CodedValue[];
}

/** A dated table, as it lies beside this file. */
interface CodeTable {
  readonly source: string;
  readonly date: string;
  readonly codes: Readonly<Record<string, string>>;
}

export function createCodes(): Codes {
  return {
    profession: lookup(professions),
    savoirFaire: lookup(savoirFaire),
    civility: lookup(civilities),
    practiceMode: lookup(practiceModes),
    sector: lookup(sectors),
    profile: lookup(profiles),
    professions: () => entriesOf(professions),
    profiles: () => entriesOf(profiles),
    specialties: () => entriesOf(savoirFaire),
  };
}

function entriesOf({ codes }: CodeTable): readonly CodedValue[] {
  return Object.entries(codes).map(([code, label]) => ({ code, label }));
}

function lookup({ codes }: CodeTable): (code: string) => CodedValue {
  return code => ({ code, label: (Object.hasOwn(codes, code) ? codes[code] : undefined) ?? code });
}
