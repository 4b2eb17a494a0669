import type { Mailbox } from './mailbox.ts';
import { createWire, type Wire } from './wire.ts';

/** A server to be measured, ours or the peer: the same client, the same accounts, the same pages to fill. */
export interface Subject {
  readonly name: 'ours' | 'peer';
  readonly pid: number;
  readonly wire: Wire;
  readonly endpoints: Endpoints;
  readonly mailbox: Mailbox;
  readonly accounts: readonly BenchAccount[];
  /** Ends the process and removes what it kept. */
  stop(): Promise<void>;
}

export interface BenchAccount {
  readonly sub: string;
  readonly login: string;
  readonly email: string;
}

export interface Endpoints {
  readonly authorization: string;
  readonly token: string;
  readonly userinfo: string;
  readonly introspection: string;
}

/** The relying party, the same on both sides. Nothing listens at its address: the load generator reads the redirect. */
export const CLIENT = {
  id: 'bench',
  secret: 'bench-secret-of-a-client-that-exists-on-no-real-server',
  redirectUri: 'http://localhost:9/cb',
  scopes: ['openid', 'profile', 'offline_access', 'access:evaluate'],
} as const;

/** Of every account. */
export const PASSWORD = 'Mesure-du-trousseau-2026!';

/** What one argon2id hash costs, on both sides: the product's default. */
export const HASHING = { threads: 2, maxQueue: 64, memoryKiB: 19_456, passes: 2, parallelism: 1 } as const;

export const DISCOVERY_PATH = '/.well-known/openid-configuration';

export function benchAccounts(count: number): readonly BenchAccount[] {
  return Array.from({ length: count }, (_, index) => ({
    sub: `bench-${index}`,
    login: `prenom.nom${index}`,
    email: `prenom.nom${index}@bench.example`,
  }));
}

/** Connections to a server that is ready, and its endpoints from discovery. */
export async function discover(issuer: string): Promise<{ wire: Wire; endpoints: Endpoints }> {
  const wire = createWire(issuer);
  const { status, body } = await wire.ask(DISCOVERY_PATH);
  if (status !== 200) throw new Error(`discovery of ${issuer} answered ${status}`);
  const metadata = JSON.parse(body) as Partial<Record<string, string>>;
  const endpoint = (name: string) => {
    const address = metadata[`${name}_endpoint`];
    if (address === undefined) throw new Error(`${issuer} has no ${name} endpoint`);
    return address;
  };
  return {
    wire,
    endpoints: {
      authorization: endpoint('authorization'),
      token: endpoint('token'),
      userinfo: endpoint('userinfo'),
      introspection: endpoint('introspection'),
    },
  };
}
