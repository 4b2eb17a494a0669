import type { Doc } from '#store/index.ts';

/** Where somebody practises, as the national register knows it. */
export interface KnownActivity {
  readonly finess?: string;
  readonly siret?: string;
  readonly name?: string;
  /** `L` self-employed, `S` salaried. */
  readonly mode?: string;
}

/** A professional of the public extract of the RPPS. `id`: the national identifier, prefix included. */
export interface KnownProfessional extends Doc {
  readonly familyName: string;
  readonly givenName: string;
  /** `M` or `MME`. */
  readonly civility?: string;
  readonly profession?: string;
  readonly specialties: readonly string[];
  readonly activities: readonly KnownActivity[];
  /** Which import brought it: what the newest file no longer names is removed by this. */
  readonly generation: string;
}

/** An establishment of the public FINESS extract. `id`: its number. */
export interface KnownStructure extends Doc {
  readonly name: string;
  readonly legalEntity?: string;
  readonly siret?: string;
  /** What kind of establishment, in words. */
  readonly category?: string;
  readonly city?: string;
  readonly generation: string;
}

/** What the last import of a file brought. */
export interface ReferenceState extends Doc {
  readonly generation: string;
  /** Imports that were begun and may have left something. */
  readonly begun: readonly string[];
  readonly entries: number;
  /** As `ReferenceReport` says; absent before a first import has ended. */
  readonly refused?: number;
  readonly removed?: number;
  readonly isSuspect?: boolean;
  /** Epoch milliseconds. */
  readonly importedAtMs: number;
}
