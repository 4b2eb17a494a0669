import type { Administration, EmergencyRegister, EmergencyUse } from '#access/index.ts';
import type { Audit } from '#audit/index.ts';
import { isInForce, type Directory } from '#directory/index.ts';
import { frenchDateTime, type Clock } from '#kernel/index.ts';
import type { Notify } from '#notify/index.ts';
import type { Catalogue } from '../people/catalogue.ts';
import { nameOf } from '../people/seen.ts';
import { emergencyOverdue } from './events.ts';

const DAY_MS = 86_400_000;
/** How long a use may wait before those who examine are reminded. */
const PATIENCE_MS = 7 * DAY_MS;
const BATCH = 100;

interface Deps {
  readonly emergencies: EmergencyRegister;
  readonly administration: Administration;
  readonly catalogue: Catalogue;
  readonly directory: Directory;
  readonly notify: Notify;
  readonly audit: Audit;
  readonly clock: Clock;
  /** The public address, for mails. */
  readonly issuer: string;
}

/** An administrator who can be written to. */
interface Examiner {
  readonly sub: string;
  readonly givenName: string;
  readonly email: string;
  mayExamine(network: string): boolean;
}

/**
 * What follows a break-glass use: the mail to the security contact of the network at once, and after seven days the
 * reminder of what nobody has examined. Called again and again under a lease; mails bear ids and uses bear marks, so that
 * a stop at any point neither loses a mail nor sends one twice. SECURITY: no mail names a patient, nor quotes a reason.
 */
export function createEmergencyCalendar(deps: Deps): { run(): Promise<void> } {
  const { emergencies, notify, audit, clock, directory, issuer } = deps;

  async function tell(use: EmergencyUse, examiners: () => Promise<readonly Examiner[]>): Promise<void> {
    const [network, application, person, places] = await Promise.all([
      directory.networks.get(use.network),
      directory.applications.get(use.client),
      directory.professionals.get(use.account),
      Promise.all(use.organisations.map(async id => (await directory.organisations.get(id))?.name ?? id)),
    ]);
    const contact = network?.securityContact;
    const recipients =
      contact === undefined
        ? (await examiners()).filter(({ mayExamine }) => mayExamine(use.network)).map(({ email }) => email)
        : [contact];
    for (const [index, to] of recipients.entries()) {
      await notify.send({
        channel: 'email',
        to,
        template: 'emergency-alert',
        id: `emergency.${use.id}.${contact === undefined ? to : index}`,
        data: {
          network: network?.name ?? use.network,
          name: person ? nameOf(person) : use.account,
          place: places.join(', ') || 'sans établissement',
          application: application?.name ?? use.client,
          at: instantInWords(use.startedAtMs),
          address: `${issuer}/admin/emergencies/${use.id}`,
        },
      });
    }
    // ORDER: the mark last: a mail may be put twice in the outbox, which knows its id, and none is forgotten.
    await emergencies.markTold(use.id);
  }

  async function remind(uses: readonly EmergencyUse[], examiners: readonly Examiner[]): Promise<void> {
    const [oldest] = uses;
    if (!oldest) return;
    for (const { sub, givenName, email, mayExamine } of examiners) {
      const mine = uses.filter(({ network, account }) => account !== sub && mayExamine(network));
      if (mine.length === 0) continue;
      await notify.send({
        channel: 'email',
        to: email,
        template: 'emergency-reminder',
        id: `emergency.reminder.${oldest.id}.${sub}`,
        data: {
          givenName,
          pending: mine.length === 1 ? '1 bris de glace' : `${mine.length} bris de glace`,
          address: `${issuer}/admin/emergencies`,
        },
      });
    }
    // ORDER: the oldest last: until it is marked, this batch is begun again under the same ids.
    for (const use of uses.toReversed()) {
      await audit.record(emergencyOverdue, {
        actor: 'system',
        account: use.account,
        patientKey: use.patientKey,
        outcome: 'failure',
        data: { target: use.id, network: use.network },
      });
      await emergencies.markReminded(use.id);
    }
  }

  return {
    async run() {
      let known: Promise<readonly Examiner[]> | undefined;
      const examiners = () => (known ??= examinersOf(deps));
      for (const use of await emergencies.untold(BATCH)) await tell(use, examiners);
      const late = await emergencies.unreminded(clock.nowMs() - PATIENCE_MS, BATCH);
      if (late.length > 0) await remind(late, await examiners());
    },
  };
}

/** Those who may examine somewhere, have an account that works, and an address. */
async function examinersOf({ administration, catalogue, clock }: Deps): Promise<readonly Examiner[]> {
  const policy = administration.policy();
  const nowMs = clock.nowMs();
  const found: Examiner[] = [];
  for (const { sub, status, memberships, givenName, email } of await catalogue.entries()) {
    const holdsOffice = memberships.some(held => policy.isPrivileged(held.profile) && isInForce(held, nowMs));
    if (!holdsOffice || status !== 'active' || email === undefined) continue;
    const authority = await administration.authorityOf({
      kind: 'person',
      sub,
      session: { acr: undefined, authTime: 0 },
    });
    if (!authority.mayAnywhere('emergency', 'review')) continue;
    const mayExamine = (network: string) => authority.may('emergency', 'review', { network });
    found.push({ sub, givenName, email, mayExamine });
  }
  return found;
}

const instantInWords = (atMs: number) => frenchDateTime(atMs);
