import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Kept } from '../decisions/engines.ts';
import { accountOf, keyOf, NETWORK, organisationOf, profileOf, recordOf } from '../decisions/world.ts';
import { freePort } from '../../../test/support/ports.ts';
import { startNode, type Child } from './child.ts';
import { CLIENT } from './subject.ts';

/** The part of the region file that other engines read. */
export interface DecisionRegion {
  readonly accounts: readonly {
    readonly sub: string;
    readonly memberships: readonly { readonly organisation: string; readonly profile: string }[];
  }[];
  readonly records: readonly {
    readonly patient_key: string;
    readonly creator: string;
    readonly parties: readonly { readonly account?: string; readonly organisation?: string }[];
  }[];
}

const ORGANISATIONS = 2_000;
const LONG_AGO = '2026-01-02T10:00:00+01:00';

/** The region of the decision benchmarks, as a region file: the client may state the level. */
export function decisionRegion({ people, records }: { people: number; records: number }): object {
  const organisations = new Set(Array.from({ length: ORGANISATIONS }, (_, index) => organisationOf(index)));
  return {
    version: 1,
    networks: [{ id: NETWORK, name: 'Réseau de cancérologie', regime: 'consentement' }],
    organisations: [...organisations].map(id => ({ id, name: id, networks: [NETWORK] })),
    accounts: Array.from({ length: people }, (_, person) => ({
      sub: accountOf(person),
      login: `prenom.nom${person}`,
      given_name: 'Prénom',
      family_name: `Nom${person}`,
      email: `prenom.nom${person}@bench.example`,
      memberships: [{ network: NETWORK, organisation: organisationOf(person), profile: profileOf(person) }],
    })),
    applications: [
      {
        client_id: CLIENT.id,
        name: 'Banc de mesure',
        client_secret: CLIENT.secret,
        redirect_uris: [CLIENT.redirectUri],
        network: NETWORK,
        asserts_acr: true,
        grant_types: ['authorization_code', 'client_credentials'],
        scopes: ['openid', 'access:evaluate', 'access:consents'],
      },
    ],
    records: Array.from({ length: records }, (_, record) => {
      const { creator, accounts, organisations: named } = recordOf(record, people);
      return {
        patient_key: keyOf(record),
        network: NETWORK,
        creator,
        informed_at: LONG_AGO,
        consented_at: LONG_AGO,
        parties: [
          ...accounts.map(account => ({ account })),
          ...named.map(organisation => ({ organisation })),
        ],
      };
    }),
  };
}

export const decisionPeople = ({ accounts }: DecisionRegion): Kept['people'] =>
  new Map(
    accounts.map(({ sub, memberships: [held] }) => [
      sub,
      { id: sub, profile: held?.profile ?? '', organisation: held?.organisation ?? '', level: 2 },
    ]),
  );

export const decisionRecords = ({ records }: DecisionRegion): Kept['records'] =>
  new Map(
    records.map(({ patient_key: key, creator, parties }) => [
      `${NETWORK}/${key}`,
      {
        informed: true,
        consented: true,
        opposed: [],
        creator,
        parties: parties.flatMap(({ account, organisation }) => account ?? organisation ?? []),
      },
    ]),
  );

export interface DecisionServer {
  readonly child: Child;
  readonly origin: string;
  stop(): Promise<void>;
}

/** Starts the product with the routes of comparison, on that region. */
export async function startDecisionServer(size: {
  people: number;
  records: number;
}): Promise<DecisionServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'trousseau-bench-'));
  const regionFile = path.join(folder, 'region.json');
  await writeFile(regionFile, JSON.stringify(decisionRegion(size)));
  const port = await freePort();
  const listening = Promise.withResolvers<undefined>();
  const child = startNode(
    ['scripts/bench/peers/decision-server.ts', String(port), path.join(folder, 'data'), regionFile],
    {
      env: {},
      onLine: line => line.startsWith('listening on ') && listening.resolve(undefined),
    },
  );
  await Promise.race([child.ended, listening.promise]);
  return {
    child,
    origin: `http://localhost:${port}`,
    async stop() {
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
