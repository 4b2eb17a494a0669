import { checkPersonId, fold } from '#kernel/index.ts';
import { z } from 'zod';
import type { ProvenIdentity, WorkSituation } from '../method.ts';

/*
 * SPEC: Pro Santé Connect's userinfo (domain §5). Read leniently: real answers lack members, hold numbers where texts
 * are documented, and grow new ones. What cannot be read is absent; nothing of it is ever logged.
 */
const text = z
  .union([z.string(), z.number().transform(String)])
  .transform(value => value.trim())
  .pipe(z.string().min(1).max(300))
  .optional()
  .catch(undefined);

/** The members that can be read; a list that is none is empty. */
function listOf<S extends z.ZodType>(item: S) {
  return z
    .array(z.unknown())
    .max(100)
    .catch([])
    .transform(values =>
      values.flatMap(value => {
        const read = item.safeParse(value);
        return read.success ? [read.data] : [];
      }),
    );
}

const activity = z.object({
  numeroFinessSite: text,
  numeroFinessetablissementJuridique: text,
  numeroSiretSite: text,
  raisonSocialeSite: text,
  enseigneCommercialeSite: text,
});

const exercice = z.object({
  codeCivilite: text,
  codeProfession: text,
  codeSavoirFaire: text,
  nomDexercice: text,
  prenomDexercice: text,
  activities: listOf(activity),
});

const professionalClaims = z.object({
  given_name: text,
  family_name: text,
  email: text,
  codeCivilite: text,
  SubjectRole: listOf(z.string()),
  SubjectRefPro: z
    .object({ codeCivilite: text, exercices: listOf(exercice) })
    .catch({ codeCivilite: undefined, exercices: [] }),
  otherIds: listOf(z.object({ identifiant: text })),
});

type ProfessionalClaims = z.output<typeof professionalClaims>;
type Activity = z.output<typeof activity>;

/** What a provider's claims say of a person, as far as we have a use for it. */
export interface UpstreamPerson {
  readonly identity: ProvenIdentity;
  /** The national identifier that the provider signs people in by comes first: it alone decides between two accounts. */
  readonly nationalIds: readonly string[];
  /** Each place of work once. */
  readonly situations: readonly WorkSituation[];
}

/**
 * Reads the claims of a person. `idClaim` is the claim that holds the national identifier. Identifiers that are none
 * (a false control digit) are left out; none at all is for the caller to refuse.
 */
export function readPerson(claims: Readonly<Record<string, unknown>>, idClaim: string): UpstreamPerson {
  const read = professionalClaims.parse(claims);
  const { exercices } = read.SubjectRefPro;
  const [first] = exercices;
  const nationalIds = idsOf(claims[idClaim], read);
  const situations = situationsOf(read);
  const civility = read.codeCivilite ?? read.SubjectRefPro.codeCivilite ?? first?.codeCivilite;
  const profession = first?.codeProfession ?? /^(\w{1,8})\^/u.exec(read.SubjectRole[0] ?? '')?.[1];
  const specialties = [...new Set(exercices.flatMap(({ codeSavoirFaire }) => codeSavoirFaire ?? []))];
  const [place] = situations;
  return {
    nationalIds,
    situations,
    identity: {
      nationalIds,
      familyName: first?.nomDexercice ?? read.family_name ?? '',
      givenName: first?.prenomDexercice ?? read.given_name ?? '',
      specialties,
      ...(civility === undefined ? {} : { civility }),
      ...(profession === undefined ? {} : { profession }),
      ...(place?.finess === undefined ? {} : { finess: place.finess }),
      ...(place === undefined ? {} : { organisationName: place.name }),
      ...(read.email === undefined ? {} : { email: read.email }),
    },
  };
}

/** A text claim, for a binding by login; `undefined` when it is none. */
export function readText(claims: Readonly<Record<string, unknown>>, claim: string): string | undefined {
  return text.parse(claims[claim]);
}

function idsOf(subject: unknown, { otherIds }: ProfessionalClaims): readonly string[] {
  const written = [text.parse(subject), ...otherIds.map(({ identifiant }) => identifiant)];
  const canonical = written.flatMap(id => {
    const checked = id === undefined ? undefined : checkPersonId(id);
    return checked?.ok ? [checked.id.value] : [];
  });
  return [...new Set(canonical)];
}

/** Exercices × activities: one professional may work in one place under two professions, and in several places. */
function situationsOf({ SubjectRefPro: { exercices } }: ProfessionalClaims): readonly WorkSituation[] {
  const byId = new Map<string, WorkSituation>();
  for (const { activities, codeProfession } of exercices) {
    for (const each of activities) {
      const situation = situationOf(each, codeProfession);
      if (situation && !byId.has(situation.id)) byId.set(situation.id, situation);
    }
  }
  return [...byId.values()];
}

function situationOf(place: Activity, profession: string | undefined): WorkSituation | undefined {
  const finess = [place.numeroFinessSite, place.numeroFinessetablissementJuridique].find(
    number => number !== undefined && /^[0-9AB]{9}$/u.test(number),
  );
  const siret = place.numeroSiretSite;
  const name = place.raisonSocialeSite ?? place.enseigneCommercialeSite ?? finess ?? siret;
  // A place that nothing names could not be told from another one.
  if (name === undefined) return undefined;
  const id = finess === undefined ? (siret ?? fold(name)) : finess;
  return {
    id: finess === undefined ? `place:${id}` : `finess:${id}`,
    name,
    ...(finess === undefined ? {} : { finess }),
    ...(profession === undefined ? {} : { profession }),
  };
}
