import people from './people.json' with { type: 'json' };

/** A fictional professional whom the simulated provider knows, in the words of Pro Santé Connect. */
export interface PscPerson {
  /** The simulator's own name of the person. */
  readonly id: string;
  readonly SubjectNameID: string;
  readonly given_name: string;
  readonly family_name: string;
  readonly codeCivilite: string;
  readonly SubjectRole: readonly string[];
  readonly otherIds: readonly object[];
  readonly exercices: readonly {
    readonly codeProfession: string;
    readonly activities: readonly { readonly raisonSocialeSite?: string }[];
  }[];
}

/** Those of the demonstration; the last one has no account there. */
export const demoPeople: readonly PscPerson[] = people;

/** Keycloak's `sub` of a federated person: never the national identifier itself. */
export function subOf({ SubjectNameID }: PscPerson): string {
  return `f:550dc1c8-d97b-4b1e-ac8c-8eb4471cf9dd:${SubjectNameID}`;
}

/** The answer of userinfo to `scope_all`. */
export function userinfoOf(person: PscPerson): object {
  const { id: _own, exercices, ...claims } = person;
  return {
    sub: subOf(person),
    ...claims,
    preferred_username: person.SubjectNameID,
    Secteur_Activite: 'SA01^1.2.250.1.71.4.2.4',
    UITVersion: '1.0',
    Mode_Acces_Raison: '',
    Acces_Regulation_Medicale: 'FAUX',
    SubjectOrganization: exercices[0]?.activities[0]?.raisonSocialeSite ?? '',
    SubjectRefPro: { codeCivilite: person.codeCivilite, exercices },
  };
}
