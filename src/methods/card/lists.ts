import type { MethodList } from '../method.ts';
import type { ListHealth } from './revocation/index.ts';

/** How each list of revoked cards stands, in the words of administrators. */
export function listsOf(lists: readonly ListHealth[]): readonly MethodList[] {
  return lists.map(list => ({
    title: `Cartes opposées : ${list.ca}`,
    ...standingOf(list),
    entries: list.thisUpdateAt === null ? null : list.entries,
    broughtInMs: list.thisUpdateAt === null ? null : list.thisUpdateAt * 1000,
    broughtInBy: 'Le service lui-même, à l’adresse que l’exploitant a donnée',
  }));
}

function standingOf({ state, isAlarming, lastError }: ListHealth): Pick<MethodList, 'state' | 'words'> {
  const why = lastError ? ' La dernière lecture a échoué : le motif est au journal du service.' : '';
  switch (state) {
    case 'missing':
      return {
        state: 'ended',
        words: `Aucune liste n’a pu être lue : les cartes de cette autorité sont refusées.${why}`,
      };
    case 'expired':
      return {
        state: 'ended',
        words: `Liste périmée, délai de grâce compris : les cartes de cette autorité sont refusées.${why}`,
      };
    case 'in_grace':
      return {
        state: 'ending',
        words: `Liste périmée, encore admise le temps du délai de grâce : prévenez l’exploitant.${why}`,
      };
    case 'in_force':
      return isAlarming
        ? {
            state: 'ending',
            words: `Bientôt périmée, et pas encore remplacée : prévenez l’exploitant.${why}`,
          }
        : { state: 'fresh', words: 'À jour.' };
  }
}
