import { randomInt } from 'node:crypto';
import { expect } from 'chai';
import { createDice, randomRegion, type Dice } from '../../policies/random-region.ts';
import type { PlainRegion } from '../../policies/plain-reading.ts';
import { createWorld, type TestRegion, type TestWorld } from '../world.ts';

/** Give the printed seed to see the same run again. */
const seed = Number(process.env['TEST_SEED'] ?? randomInt(2 ** 31));

const REGIONS = 3;
const SEARCHES = 20;
const ACTIONS = ['create', 'read', 'write', 'share', 'rcp_register'];
const PROFILES = ['utilisateur_cancerologie', 'secretaire_rcp', 'acces_limite'];
const ORGANISATIONS = ['chu', 'clinique', 'cabinet'];
const LEVELS = ['urn:trousseau:acr:code', 'urn:trousseau:acr:card'];

/** Random regions side by side, in networks of their own: the same people, with more to do. */
function sideBySide(regions: readonly PlainRegion[], dice: Dice): TestRegion {
  const renamed = regions.map((region, at) => {
    const network = (id: string) => `${id}-${at}`;
    const moved = <T extends { network: string }>(row: T): T => ({ ...row, network: network(row.network) });
    return {
      networks: region.networks.map(row => ({ ...row, id: network(row.id) })),
      accounts: region.accounts.map(row => ({ ...row, memberships: row.memberships.map(moved) })),
      records: region.records.map(moved),
      sessions: region.rcp_sessions.map(row => ({ ...moved(row), id: `${row.id}-${at}` })),
    };
  });
  const networks = renamed.flatMap(region => region.networks);
  return {
    networks,
    organisations: ORGANISATIONS.map(id => ({ id })),
    accounts: (renamed[0]?.accounts ?? []).map((row, at) => ({
      ...row,
      status: at < 4 ? 'active' : row.status,
      memberships: [
        ...renamed.flatMap(({ accounts }) => accounts[at]?.memberships ?? []),
        ...networks
          .filter(() => dice.chance(0.7))
          .map(({ id }) => ({
            network: id,
            organisation: dice.pick(ORGANISATIONS),
            profile: dice.pick(PROFILES),
          })),
      ],
      delegations: renamed.flatMap(({ accounts }) => accounts[at]?.delegations ?? []),
    })),
    applications: networks.map(({ id }) => ({
      client_id: `app-${id}`,
      network: id,
      scopes: ['access:evaluate', 'access:search', 'access:simulate', 'access:patient-keys'],
      asserts_acr: true,
      can_simulate: true,
    })),
    records: renamed.flatMap(({ records }) => records),
    rcp_sessions: renamed.flatMap(({ sessions }) => sessions),
  };
}

describe('a search', () => {
  const dice = createDice(seed);
  const region = sideBySide(
    Array.from({ length: REGIONS }, () => randomRegion(dice)),
    dice,
  );
  const accounts = [...region.accounts.map(({ sub }) => sub), 'nobody'];
  const patients = ['pk-0', 'pk-1', 'pk-2', 'pk-3', 'pk-alias', 'pk-unknown'];
  let world: TestWorld;

  before(async () => {
    world = await createWorld(region);
    for (const { id } of region.networks) await linkKeys(id, dice.pick(patients.slice(0, 3)));
  });
  after(() => world.close());

  /** Two records of one patient, and a key that has no record of its own. */
  async function linkKeys(network: string, patientKey: string): Promise<void> {
    for (const keys of [
      [patientKey, 'pk-3'],
      ['pk-alias', patientKey],
    ])
      for (const by of accounts) {
        const body = { keys, by, method: 'oral', at: '2026-01-01T00:00:00Z' };
        const client = `app-${network}`;
        const { status } = await world.send('POST', '/access/v1/patient-keys/link', body, { client });
        if (status === 204 || status === 200) break;
      }
  }

  /** Every page, of so few results that there are several. */
  async function searched(kind: string, question: object, client: string): Promise<string[]> {
    const found: string[] = [];
    let token = '';
    do {
      const body = { ...question, page: { limit: 2, ...(token !== '' && { token }) } };
      const answer = await world.send('POST', `/access/v1/search/${kind}`, body, { client });
      expect(answer.status, answer.text).to.equal(200);
      const page = answer.json['page'] as { next_token: string; count: number };
      const results = answer.json['results'] as { id?: string; name?: string }[];
      expect(results.length).to.equal(page.count).and.to.be.at.most(2);
      found.push(...results.map(({ id, name }) => id ?? name ?? ''));
      token = page.next_token;
    } while (token !== '');
    return found;
  }

  /** Those of `values` that evaluation permits. */
  async function permitted(
    values: readonly string[],
    requestOf: (value: string) => object,
    client: string,
  ): Promise<string[]> {
    const body = { evaluations: values.map(requestOf) };
    const { json } = await world.send('POST', '/access/v1/evaluations', body, { client });
    const answers = json['evaluations'] as { decision: boolean }[];
    return values.filter((_, index) => answers[index]?.decision);
  }

  it(`answers exactly what evaluation permits, each once (TEST_SEED=${seed})`, async () => {
    for (let turn = 0; turn < SEARCHES; turn += 1) {
      const client = `app-${dice.pick(region.networks).id}`;
      const context = {
        acr: dice.pick(LEVELS),
        time: new Date(Date.parse('2026-03-01T08:00:00Z') + (2 + dice.roll(9)) * 86_400_000).toISOString(),
        ...(dice.chance(0.25) && { on_behalf_of: dice.pick(accounts) }),
      };
      const subject = { type: 'account', id: dice.pick(accounts) };
      const action = { name: dice.chance(0.4) ? 'read' : dice.pick(ACTIONS) };
      const resource = { type: 'patient_record', id: dice.pick(patients) };
      const kinds = [
        { kind: 'subject', values: accounts, at: (id: string) => ({ subject: { ...subject, id } }) },
        { kind: 'resource', values: patients, at: (id: string) => ({ resource: { ...resource, id } }) },
        { kind: 'action', values: ACTIONS, at: (name: string) => ({ action: { name } }) },
      ];
      for (const { kind, values, at } of kinds) {
        const question = { subject, action, resource, context };
        const expected = await permitted(values, value => ({ ...question, ...at(value) }), client);
        const found = await searched(kind, question, client);
        expect(found, JSON.stringify({ kind, client, question })).to.have.members(expected);
      }
    }
  }).timeout(60_000);
});
