import {
  emergencyStateOf,
  type Authority,
  type EmergencyPurpose,
  type EmergencyRegister,
  type EmergencyState,
  type EmergencyUse,
} from '#access/index.ts';
import type { Audit } from '#audit/index.ts';
import type { Directory, Network } from '#directory/index.ts';
import { notFound } from '../acts/refusals.ts';
import { nameOf } from '../people/seen.ts';
import { emergencyRead } from './events.ts';

/** A use as lists show it: nothing of what was typed. */
export interface UseView {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly organisations: readonly string[];
  readonly network: string;
  readonly application: string;
  readonly purpose: EmergencyPurpose;
  readonly acr: string | null;
  readonly startedAtMs: number;
  readonly untilMs: number;
  readonly requests: number;
  readonly lastAtMs: number;
  readonly state: EmergencyState;
  readonly isOwn: boolean;
}

/** The same whole, for who examines it. */
export interface UseInFull extends UseView {
  readonly patientKey: string;
  readonly reasons: readonly string[];
  readonly review: {
    readonly verdict: 'justified' | 'unjustified';
    readonly by: string;
    readonly atMs: number;
    readonly words: string;
  } | null;
}

export interface EmergencyQuery {
  readonly network: string;
  readonly state: EmergencyState | 'all';
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Who reads: the `sub` or `client:<id>`, and through what. */
export interface Reader {
  readonly actor: string;
  readonly authority: Authority;
  readonly source: string;
  readonly via: 'page' | 'api';
}

/** Uses of emergency access, as far as an authority sees them: a network at a time. */
export interface EmergencyViews {
  /** Networks whose uses the authority may read. */
  networks(authority: Authority): Promise<readonly Network[]>;
  /** Throws `admin.not_found` (404): unknown, or a network of others. */
  list(
    reader: Pick<Reader, 'actor' | 'authority'>,
    query: EmergencyQuery,
  ): Promise<{ readonly items: readonly UseView[]; readonly next?: string }>;
  /** With what was typed; leaves its line in the trail first. Throws `admin.not_found` (404). */
  open(id: string, reader: Reader): Promise<UseInFull>;
  /** How many wait, up to `most`, in all networks that the authority examines; one’s own are left out. */
  awaiting(authority: Authority, actor: string, most: number): Promise<number>;
}

export function createEmergencyViews(deps: {
  readonly emergencies: EmergencyRegister;
  readonly directory: Pick<Directory, 'networks' | 'organisations' | 'applications' | 'professionals'>;
  readonly audit: Audit;
}): EmergencyViews {
  const { emergencies, directory, audit } = deps;

  const sees = (authority: Authority, network: string) => authority.may('emergency', 'read', { network });

  async function personName(id: string): Promise<string> {
    const client = /^client:(.+)$/u.exec(id)?.[1];
    if (client !== undefined) return (await directory.applications.get(client))?.name ?? client;
    const person = await directory.professionals.get(id);
    return person ? nameOf(person) : id;
  }

  async function view(use: EmergencyUse, actor: string): Promise<UseView> {
    const [name, application, network, places] = await Promise.all([
      personName(use.account),
      directory.applications.get(use.client),
      directory.networks.get(use.network),
      Promise.all(use.organisations.map(async id => (await directory.organisations.get(id))?.name ?? id)),
    ]);
    return {
      id: use.id,
      account: use.account,
      name,
      organisations: places,
      network: network?.name ?? use.network,
      application: application?.name ?? use.client,
      purpose: use.purpose,
      acr: use.acr ?? null,
      startedAtMs: use.startedAtMs,
      untilMs: use.untilMs,
      requests: use.requests,
      lastAtMs: use.lastAtMs,
      state: emergencyStateOf(use),
      isOwn: use.account === actor,
    };
  }

  const networks = async (authority: Authority) =>
    (await directory.networks.all()).filter(({ id }) => sees(authority, id));

  return {
    networks,
    async list({ actor, authority }, { network, ...query }) {
      if (!sees(authority, network) || !(await directory.networks.get(network))) throw notFound();
      const { items, next } = await emergencies.list(network, query);
      const views = await Promise.all(items.map(use => view(use, actor)));
      return { items: views, ...(next !== undefined && { next }) };
    },
    async open(id, { actor, authority, source, via }) {
      const use = await emergencies.get(id);
      if (!use || !sees(authority, use.network)) throw notFound();
      // SECURITY: without its line in the trail, no reason leaves.
      await audit.record(emergencyRead, {
        actor,
        account: use.account,
        patientKey: use.patientKey,
        source,
        outcome: 'success',
        data: { target: id, network: use.network, via },
      });
      const { review, words = '', patientKey, reasons } = use;
      return {
        ...(await view(use, actor)),
        patientKey,
        reasons,
        review: review ? { ...review, by: await personName(review.by), words } : null,
      };
    },
    async awaiting(authority, actor, most) {
      let count = 0;
      for (const { id } of await networks(authority)) {
        if (!authority.may('emergency', 'review', { network: id })) continue;
        const { items } = await emergencies.list(id, { state: 'awaiting', limit: most });
        count += items.filter(({ account }) => account !== actor).length;
      }
      return Math.min(count, most);
    },
  };
}
