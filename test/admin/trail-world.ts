import { accessEvents } from '#access/index.ts';
import type { AuditLine, EventEntry } from '#audit/index.ts';
import { expect } from 'chai';
import { defineActEvent } from '../../src/admin/acts/act.ts';
import { administeredRegion, seatOf, type Seat } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

const suspended = defineActEvent('admin.account.suspended', 'Compte suspendu');
const given = defineActEvent('admin.membership.given', 'Profil donné');
export const decided = accessEvents.find(({ type }) => type === 'access.decision.made')!;

/** The acts of suspension alone, as a filter of the page. */
export const ACTS = '?act=admin.account.suspended';

type Visited = Awaited<ReturnType<Seat['get']>>;

/** A region in which things were done on both sides of its branches and networks, and who reads of them. */
export interface TrailWorld {
  readonly app: TestApp;
  /** A decision about a record, as the decision point leaves it. */
  opens(actor: string, key: string, network: string, outcome?: 'success' | 'refused'): Promise<unknown>;
  seat(who: string): Promise<Seat>;
  visit(who: string, to: string): Promise<Visited>;
  /** The reasons of the acts that this person's page shows, from the top. */
  reasonsFor(who: string, query?: string): Promise<readonly string[]>;
  /** Refused with that code, without a word of any act. */
  refused(who: string, to: string, code?: string): Promise<void>;
  /** What the trail says that this person read of it, the newest first. */
  readingsBy(who: string): Promise<readonly AuditLine[]>;
}

export const reasonsIn = ({ body }: Pick<Visited, 'body'>): readonly string[] =>
  [...body.matchAll(/Raison-(\w+)/gu)].map(([, reason = '']) => reason);

export async function openTrailWorld(): Promise<TrailWorld> {
  const app = await startTestApp({ region: administeredRegion() });
  const seats = new Map<string, Promise<Seat>>();
  const act = (actor: string, account: string, reason: string, more: EventEntry['data'] = {}) =>
    app.services.audit.record(suspended, {
      actor: `acc-${actor}`,
      account: `acc-${account}`,
      source: '192.0.2.7',
      acr: 'urn:trousseau:acr:code',
      outcome: 'success',
      data: {
        act: 'account.suspend',
        reason,
        changes: '{"status":["active","suspended"]}',
        via: 'page',
        ...more,
      },
    });
  const opens = (actor: string, key: string, network: string, outcome: 'success' | 'refused' = 'success') =>
    app.services.audit.record(decided, {
      actor: `acc-${actor}`,
      patientKey: key,
      client: 'viewer',
      acr: 'urn:trousseau:acr:mfa',
      outcome,
      data: {
        resourceType: 'patient_record',
        action: 'read',
        purpose: 'bris_de_glace',
        network,
        code: 'any',
      },
    });

  await act('colin', 'luc', 'Raison-Luc');
  await act('paul', 'claire', 'Raison-Claire');
  await act('anne', 'karim', 'Raison-Karim');
  await act('anne', 'libre', '=cmd|calc!A1');
  await app.services.audit.record(given, {
    actor: 'acc-colin',
    account: 'acc-karim',
    outcome: 'success',
    data: { target: 'clinique', reason: 'Raison-Ailleurs' },
  });
  // In a place of the CHU, but in a network that its administrators do not administer.
  const changes = JSON.stringify({ membership: [null, 'acces_limite @ perinatalite/chu –'] });
  await app.services.audit.record(given, {
    actor: 'acc-anne',
    account: 'acc-karim',
    outcome: 'success',
    data: { target: 'chu', reason: 'Raison-Reseau', changes },
  });
  await opens('claire', 'key-onco', 'cancerologie');
  await opens('luc', 'key-onco', 'cancerologie');
  await opens('luc', 'key-onco', 'cancerologie', 'refused');
  await opens('perine', 'key-peri', 'perinatalite');

  function seat(who: string): Promise<Seat> {
    const taken = seats.get(who) ?? seatOf(app, who);
    seats.set(who, taken);
    return taken;
  }
  const visit = async (who: string, to: string) => (await seat(who)).get(to);

  return {
    app,
    opens,
    seat,
    visit,
    async reasonsFor(who, query = '') {
      const page = await visit(who, `/admin/trail${query}`);
      expect(page.status, query).to.equal(200);
      return reasonsIn(page);
    },
    async refused(who, to, code = 'admin.not_found') {
      const page = await visit(who, to);
      expect(page.body, `${who} ${to}`).to.include(`data-code="${code}"`);
      expect(page.body).not.to.match(/Raison-/u);
    },
    readingsBy: async who =>
      (await app.services.audit.backwards({ account: `acc-${who}`, limit: 100 })).items.filter(
        ({ type, actor }) => type === 'admin.trail.read' && actor === `acc-${who}`,
      ),
  };
}
