import { expect } from 'chai';
import { createShiftedClock } from '#kernel/index.ts';
import {
  createAdministration,
  type AdministrationAct,
} from '../../src/access/administration/administration.ts';
import { buildPolicy } from '../../src/access/engine/index.ts';
import { factsOfTable, regionTableSchema } from '../../src/access/facts/table-facts.ts';

const CANCER = 'cancerologie';
const held = (profile: string, organisation?: string, network = CANCER, more: object = {}) => ({
  network,
  profile,
  ...(organisation !== undefined && { organisation }),
  ...more,
});

const REGION = regionTableSchema.parse({
  networks: [
    { id: CANCER, regime: 'consentement' },
    { id: 'perinatalite', regime: 'information_opposition' },
  ],
  organisations: [
    { id: 'region' },
    { id: 'chu', parent: 'region' },
    { id: 'chu-onco', parent: 'chu' },
    { id: 'clinique', parent: 'region' },
    { id: 'boucle-a', parent: 'boucle-b' },
    { id: 'boucle-b', parent: 'boucle-a' },
  ],
  accounts: [
    { sub: 'anne', memberships: [held('administrateur_regional', 'region')] },
    {
      sub: 'yves',
      memberships: [held('administrateur_regional', 'region', CANCER, { to: '2026-01-01T00:00:00Z' })],
    },
    { sub: 'paul', branch: 'chu', memberships: [held('administrateur_local', 'chu')] },
    { sub: 'paula', branch: 'chu', memberships: [held('administrateur_local', 'chu')] },
    { sub: 'colin', memberships: [held('administrateur_local', 'clinique')] },
    {
      sub: 'fini',
      memberships: [held('administrateur_local', 'chu', CANCER, { to: '2026-01-01T00:00:00Z' })],
    },
    { sub: 'gel', status: 'suspended', memberships: [held('administrateur_local', 'chu')] },
    { sub: 'carole', memberships: [held('administrateur_3c', 'chu')] },
    { sub: 'nadia', memberships: [held('auditeur', 'region')] },
    { sub: 'noe', memberships: [held('auditeur', 'chu')] },
    { sub: 'boucle', memberships: [held('administrateur_local', 'boucle-a')] },
    { sub: 'claire', memberships: [held('utilisateur_cancerologie', 'chu')] },
    { sub: 'perine', memberships: [held('utilisateur_cancerologie', 'chu-onco', 'perinatalite')] },
    {
      sub: 'karim',
      memberships: [held('responsable_rcp', 'chu'), held('utilisateur_cancerologie', 'clinique')],
    },
    { sub: 'luc', memberships: [held('utilisateur_cancerologie', 'clinique')] },
    { sub: 'partie', memberships: [held('pharmacien', 'chu', CANCER, { to: '2026-01-01T00:00:00Z' })] },
    { sub: 'libre', memberships: [] },
  ],
});

const facts = factsOfTable(REGION);
const CODE = 'urn:trousseau:acr:code';

type Case = readonly [who: string, act: AdministrationAct, code: string];
const account = (action: string, id: string, organisation?: string): AdministrationAct => ({
  type: 'account',
  action,
  id,
  organisation,
});
const membership = (action: string, id: string, profile: string, organisation?: string, network = CANCER) =>
  ({ type: 'membership', action, id, profile, organisation, network }) as const;

const OK = 'permitted_administration';

const CASES: readonly Case[] = [
  // Whom one sees.
  ['paul', account('read', 'claire'), OK],
  ['paul', account('read', 'perine'), OK],
  ['paul', account('read', 'karim'), OK],
  ['paul', account('read', 'luc'), 'outside_branch'],
  ['paul', account('read', 'partie'), 'outside_branch'],
  ['paul', account('read', 'libre'), 'outside_branch'],
  ['paul', account('read', 'nobody'), 'outside_branch'],
  ['anne', account('read', 'libre'), OK],
  ['anne', account('read', 'nobody'), 'outside_branch'],
  ['claire', account('read', 'claire'), 'profile_lacks_action'],
  ['fini', account('read', 'claire'), 'profile_lacks_action'],
  ['gel', account('read', 'claire'), 'account_inactive'],
  ['inconnu', account('read', 'claire'), 'account_unknown'],
  ['nadia', account('read', 'luc'), OK],
  ['noe', account('read', 'luc'), 'outside_branch'],
  ['boucle', account('read', 'claire'), 'outside_branch'],
  // What is done to an account touches all of the person's branches.
  ['paul', account('suspend', 'claire'), OK],
  ['paul', account('suspend', 'karim'), 'outside_branch'],
  ['anne', account('suspend', 'karim'), OK],
  ['nadia', account('suspend', 'claire'), 'profile_lacks_action'],
  ['carole', account('suspend', 'claire'), 'profile_lacks_action'],
  ['paul', account('destroy', 'claire'), 'action_unknown'],
  // Oneself, and administrators.
  ['paul', account('suspend', 'paul'), 'own_rights'],
  ['paul', account('reset', 'paula'), 'privileged_account'],
  ['paul', account('update', 'carole'), 'privileged_account'],
  ['paul', account('end_sessions', 'noe'), 'privileged_account'],
  ['paul', membership('give', 'paula', 'pharmacien', 'chu'), 'privileged_account'],
  ['paul', membership('attach', 'colin', 'pharmacien', 'chu'), 'privileged_account'],
  ['paul', membership('remove', 'carole', 'pharmacien', 'chu'), 'privileged_account'],
  ['carole', membership('give', 'paul', 'medecin_rcp', 'chu'), 'privileged_account'],
  ['anne', membership('give', 'paul', 'pharmacien', 'chu'), OK],
  ['anne', account('suspend', 'paul'), OK],
  ['anne', account('suspend', 'nadia'), OK],
  ['anne', account('close', 'anne'), 'own_rights'],
  // New accounts are made where they are to be.
  ['paul', account('create', 'new', 'chu-onco'), OK],
  ['paul', account('create', 'new', 'clinique'), 'outside_branch'],
  ['paul', account('create', 'new'), 'outside_branch'],
  ['anne', account('create', 'new'), OK],
  // Profiles.
  ['paul', membership('give', 'claire', 'pharmacien', 'chu'), OK],
  ['paul', membership('give', 'claire', 'pharmacien', 'clinique'), 'outside_branch'],
  ['paul', membership('give', 'luc', 'pharmacien', 'chu'), 'outside_branch'],
  ['paul', membership('attach', 'luc', 'pharmacien', 'chu'), OK],
  ['paul', membership('attach', 'luc', 'pharmacien', 'clinique'), 'outside_branch'],
  ['paul', membership('give', 'claire', 'pharmacien', 'chu', 'perinatalite'), 'outside_branch'],
  ['paul', membership('give', 'claire', 'pharmacien'), 'outside_branch'],
  ['paul', membership('give', 'claire', 'administrateur_local', 'chu'), 'profile_not_givable'],
  ['paul', membership('give', 'claire', 'regulateur_centre_15', 'chu'), 'profile_not_givable'],
  ['paul', membership('give', 'claire', 'roi', 'chu'), 'profile_not_givable'],
  ['paul', membership('give', 'paul', 'pharmacien', 'chu'), 'own_rights'],
  ['paul', membership('remove', 'karim', 'utilisateur_cancerologie', 'clinique'), 'outside_branch'],
  ['carole', membership('give', 'claire', 'inscription_rcp', 'chu'), OK],
  ['anne', membership('give', 'claire', 'administrateur_local', 'chu'), OK],
  ['anne', membership('remove', 'paul', 'administrateur_local', 'chu'), OK],
  ['anne', membership('give', 'claire', 'pharmacien', 'chu', 'perinatalite'), OK],
  // What belongs to the region.
  ['anne', { type: 'application_settings', action: 'update', id: 'dcc' }, OK],
  ['paul', { type: 'application_settings', action: 'update', id: 'dcc' }, 'profile_lacks_action'],
  ['nadia', { type: 'application_settings', action: 'read', id: 'dcc' }, OK],
  ['noe', { type: 'application_settings', action: 'read', id: 'dcc' }, 'outside_branch'],
  ['paul', { type: 'network', action: 'read', id: CANCER }, OK],
  ['paul', { type: 'network', action: 'read', id: 'perinatalite' }, 'outside_branch'],
  ['paul', { type: 'network', action: 'update', id: CANCER }, 'profile_lacks_action'],
  ['paul', { type: 'organisation', action: 'update', id: 'chu-onco' }, OK],
  ['paul', { type: 'organisation', action: 'update', id: 'clinique' }, 'outside_branch'],
  [
    'paul',
    { type: 'organisation', action: 'create', id: 'new', organisation: 'chu' },
    'profile_lacks_action',
  ],
  ['noe', { type: 'audit', action: 'read', id: 'claire' }, OK],
  ['noe', { type: 'audit', action: 'read', id: 'luc' }, 'outside_branch'],
  ['noe', { type: 'audit', action: 'read', id: '*' }, 'outside_branch'],
  ['nadia', { type: 'audit', action: 'export', id: '*' }, OK],
];

describe('a decision of administration', () => {
  const clock = createShiftedClock();
  const open = async () => {
    const policy = await buildPolicy('policies');
    return createAdministration({
      clock,
      facts,
      policies: { current: () => policy },
    });
  };
  const personally = (sub: string, { acr = CODE, age = 0 } = {}) =>
    ({ kind: 'person', sub, session: { acr, authTime: clock.now() - age } }) as const;

  it('is that of the table, case by case', async () => {
    const administration = await open();
    for (const [who, act, code] of CASES) {
      const { decision, context } = await administration.judge(personally(who), act);
      expect(context.reason_code, JSON.stringify([who, act])).to.equal(code);
      expect(decision).to.equal(code === OK);
    }
  });

  it('agrees with the lists: a person is listed exactly when the account may be read', async () => {
    const administration = await open();
    for (const { sub: who } of REGION.accounts) {
      const authority = await administration.authorityOf(personally(who));
      for (const { sub } of REGION.accounts) {
        const person = await facts.professional(sub);
        const { decision } = await administration.judge(personally(who), account('read', sub));
        expect(person && authority.reaches('account', 'read', person), `${who} ${sub}`).to.equal(decision);
      }
    }
  });

  it('keeps the last regional administrator, whoever asks', async () => {
    const administration = await open();
    const client = { kind: 'application', clientId: 'si-rh' } as const;
    for (const act of [
      account('suspend', 'anne'),
      account('close', 'anne'),
      membership('remove', 'anne', 'administrateur_regional', 'region'),
    ]) {
      const { context } = await administration.judge(client, act);
      expect(context.reason_code, act.action).to.equal('last_administrator');
    }
  });

  it('keeps the one who lasts: by no act, and by no dates, is the region left without an administrator', async () => {
    const policy = await buildPolicy('policies');
    const nowMs = clock.nowMs();
    const at = (days: number) => new Date(nowMs + days * 86_400_000).toISOString();
    const highest = (more: object = {}) => held('administrateur_regional', 'region', CANCER, more);
    const anne = { sub: 'anne', memberships: [highest()] };
    const other = (memberships: object[], more: object = {}) => ({ sub: 'remy', memberships, ...more });
    const lasting = membership('remove', 'anne', 'administrateur_regional', 'region');
    const redated = (after: { fromMs?: number; toMs?: number }) =>
      ({ ...membership('give', 'anne', 'administrateur_regional', 'region'), after }) as const;
    const ends = redated({ toMs: nowMs + 20 * 86_400_000 });
    const begins = redated({ fromMs: nowMs + 20 * 86_400_000 });
    const REFUSED = 'last_administrator';
    const rows: readonly (readonly [string, object[], AdministrationAct, string])[] = [
      ['nobody else', [anne], lasting, REFUSED],
      ['nobody else, ended later', [anne], ends, REFUSED],
      ['another without an end', [anne, other([highest()])], lasting, OK],
      ['another without an end, ended later', [anne, other([highest()])], ends, OK],
      ['another who ends', [anne, other([highest({ to: at(30) })])], lasting, REFUSED],
      [
        'another who ends, suspended',
        [anne, other([highest({ to: at(30) })])],
        account('suspend', 'anne'),
        REFUSED,
      ],
      ['another who ends, ended later', [anne, other([highest({ to: at(30) })])], ends, REFUSED],
      ['another who begins later', [anne, other([highest({ from: at(10) })])], lasting, REFUSED],
      ['another who begins before the end', [anne, other([highest({ from: at(10) })])], ends, OK],
      ['another who begins after the end', [anne, other([highest({ from: at(21) })])], ends, REFUSED],
      ['a beginning put off', [anne, other([highest({ to: at(30) })])], begins, OK],
      ['a beginning put off too late', [anne, other([highest({ to: at(10) })])], begins, REFUSED],
      ['another, suspended', [anne, other([highest()], { status: 'suspended' })], lasting, REFUSED],
      [
        'another, closed',
        [anne, other([highest()], { status: 'closed' })],
        account('close', 'anne'),
        REFUSED,
      ],
      [
        'another who holds it elsewhere',
        [anne, other([held('administrateur_regional', 'region', 'perinatalite')])],
        lasting,
        OK,
      ],
      ['two in a row', [anne, other([highest({ to: at(5) }), highest({ from: at(5) })])], lasting, OK],
      [
        'herself in another network',
        [{ ...anne, memberships: [highest(), held('administrateur_regional', 'region', 'perinatalite')] }],
        lasting,
        OK,
      ],
    ];
    for (const [who, accounts, act, code] of rows) {
      const administration = createAdministration({
        clock,
        facts: factsOfTable(
          regionTableSchema.parse({ ...REGION, organisations: [{ id: 'region' }], accounts }),
        ),
        policies: { current: () => policy },
      });
      const { context } = await administration.judge({ kind: 'application', clientId: 'si-rh' }, act);
      expect(context.reason_code, `${who}: ${act.action}`).to.equal(code);
    }
  });

  it('does not count on somebody who has no way to sign in', async () => {
    const policy = await buildPolicy('policies');
    const two = factsOfTable(
      regionTableSchema.parse({
        ...REGION,
        accounts: ['anne', 'remy'].map(sub => ({
          sub,
          memberships: [held('administrateur_regional', 'region')],
        })),
      }),
    );
    const codeWhere = async (canSignIn: (id: string) => boolean) => {
      const facts = { ...two, canSignIn: async (id: string) => canSignIn(id) };
      const administration = createAdministration({ clock, facts, policies: { current: () => policy } });
      return (
        await administration.judge({ kind: 'application', clientId: 'si-rh' }, account('suspend', 'anne'))
      ).context.reason_code;
    };
    expect(await codeWhere(() => true)).to.equal(OK);
    expect(await codeWhere(id => id !== 'remy')).to.equal('last_administrator');
  });

  it('asks a second person for the region’s highest profile', async () => {
    const administration = await open();
    const give = (profile: string) =>
      administration.judge(personally('anne'), membership('give', 'claire', profile, 'region'));
    expect((await give('administrateur_regional')).context.obligations).to.deep.equal(['second_person']);
    expect((await give('administrateur_local')).context.obligations).to.equal(undefined);
  });

  it('asks for a level, and for a recent sign-in where the table of acts says so', async () => {
    const administration = await open();
    const close = async (session: { acr?: string; age?: number }) =>
      (await administration.judge(personally('paul', session), account('close', 'claire'))).context;
    expect((await close({ acr: 'urn:trousseau:acr:pwd' })).reason_code).to.equal('acr_too_low');
    expect((await close({ age: 901 })).reason_code).to.equal('authentication_too_old');
    expect((await close({ age: 900 })).reason_code).to.equal(OK);
    expect((await close({ age: 901 })).acr_values).to.deep.equal([CODE]);
  });

  it('binds an application to its branch', async () => {
    const administration = await open();
    const client = { kind: 'application', clientId: 'si-rh', branch: 'chu' } as const;
    const codeOf = async (act: AdministrationAct) =>
      (await administration.judge(client, act)).context.reason_code;
    expect(await codeOf(account('read', 'claire'))).to.equal(OK);
    expect(await codeOf(account('read', 'luc'))).to.equal('outside_branch');
    expect(await codeOf(account('suspend', 'paul'))).to.equal('privileged_account');
    expect(await codeOf(membership('give', 'claire', 'administrateur_local', 'chu'))).to.equal(
      'profile_not_givable',
    );
  });
});
