import type { AdministrationType } from '#access/index.ts';

/** What may be done to several people at once. */
export interface BulkAction {
  /** Stands in forms. */
  readonly value: string;
  /** French, a verb. */
  readonly label: string;
  /** Who is offered it at all; each person is judged apart. */
  readonly right: readonly [AdministrationType, string];
  readonly needsReason: boolean;
  /** Asks where, which profile and for how long. */
  readonly takesProfile: boolean;
}

export const BULK_ACTIONS: readonly BulkAction[] = [
  {
    value: 'suspend',
    label: 'Suspendre les comptes',
    right: ['account', 'suspend'],
    needsReason: true,
    takesProfile: false,
  },
  {
    value: 'reactivate',
    label: 'Rouvrir les comptes',
    right: ['account', 'suspend'],
    needsReason: true,
    takesProfile: false,
  },
  {
    value: 'end-sessions',
    label: 'Fermer les sessions',
    right: ['account', 'end_sessions'],
    needsReason: true,
    takesProfile: false,
  },
  {
    value: 'open',
    label: 'Ouvrir les comptes de connexion',
    right: ['account', 'open'],
    needsReason: false,
    takesProfile: false,
  },
  {
    value: 'give',
    label: 'Donner un profil',
    right: ['membership', 'give'],
    needsReason: false,
    takesProfile: true,
  },
];

/** People of one go. */
export const MOST_AT_ONCE = 200;
