import type { Application, Directory, Network, Organisation } from '#directory/index.ts';
import { fold } from '#kernel/index.ts';
import type { ExportedList, ListContent } from './list.ts';

const content = <Row>(rows: readonly Row[]): ListContent<Row> => ({ count: rows.length, rows });

const says = (text: string | undefined, words: readonly (string | undefined)[]) =>
  fold(text ?? '')
    .split(' ')
    .every(word => fold(words.join('\n')).includes(word));

/** The establishments of the branch, as `/admin/organisations` finds them. */
export function organisationsList({ organisations }: Directory): ExportedList<Organisation> {
  return {
    name: 'organisations',
    right: ['organisation', 'read'],
    filters: ['q'],
    columns: [
      { title: 'Identifiant', value: ({ id }) => id },
      { title: 'Nom', value: ({ name }) => name },
      { title: 'FINESS', value: ({ finess }) => finess },
      { title: 'Dépend de', value: ({ parent }) => parent },
      { title: 'Réseaux', value: ({ networks }) => networks.join(' ') },
    ],
    async read(authority, { q }) {
      const seen = (await organisations.all()).filter(({ id }) =>
        authority.may('organisation', 'read', { organisation: id }),
      );
      const ids = new Set(seen.map(({ id }) => id));
      return content(
        seen
          .filter(({ id, name, finess }) => says(q, [id, name, finess]))
          // SECURITY: what stands above the branch is not named.
          .map(({ parent, ...rest }) =>
            parent !== undefined && ids.has(parent) ? { ...rest, parent } : rest,
          ),
      );
    },
  };
}

/** The applications of the branch, as `/admin/applications` finds them. No secret, in whatever form. */
export function applicationsList({ applications }: Directory): ExportedList<Application> {
  return {
    name: 'applications',
    right: ['application_settings', 'read'],
    filters: ['q', 'network'],
    columns: [
      { title: 'Identifiant', value: ({ id }) => id },
      { title: 'Nom', value: ({ name }) => name },
      { title: 'Réseau', value: ({ network }) => network },
      { title: 'Branche', value: ({ branch }) => branch },
      { title: 'Niveau', value: ({ minimumAcr }) => minimumAcr },
      { title: 'Portées', value: ({ scopes }) => scopes.join(' ') },
      { title: 'Adresses de retour', value: ({ redirectUris }) => redirectUris.join(' ') },
    ],
    async read(authority, { q, network }) {
      return content(
        (await applications.all()).filter(
          application =>
            authority.may('application_settings', 'read', {
              network: application.network,
              organisation: application.branch,
            }) &&
            (network === undefined || application.network === network) &&
            says(q, [application.id, application.name]),
        ),
      );
    },
  };
}

/** The networks that the administrator has a part in. */
export function networksList({ networks }: Directory): ExportedList<Network> {
  return {
    name: 'networks',
    right: ['network', 'read'],
    filters: [],
    columns: [
      { title: 'Identifiant', value: ({ id }) => id },
      { title: 'Nom', value: ({ name }) => name },
      { title: 'Régime', value: ({ regime }) => regime },
      {
        title: 'Niveaux',
        value: ({ minimumAcr }) =>
          Object.entries(minimumAcr)
            .map(([action, acr]) => `${action} : ${acr}`)
            .join(', '),
      },
      { title: 'Contact de sécurité', value: ({ securityContact }) => securityContact },
      { title: 'Inscription à une RCP', value: ({ rcpRegistration }) => rcpRegistration },
    ],
    read: async authority =>
      content((await networks.all()).filter(({ id }) => authority.mayInNetwork('network', 'read', id))),
  };
}
