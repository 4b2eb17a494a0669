import { createAudit, type AuditLog } from '#audit/index.ts';
import { createShiftedClock, type ShiftedClock } from '#kernel/index.ts';
import pino from 'pino';
import { createIgc, type Igc } from '../../../scripts/demo/igc/index.ts';
import { createCardAcceptance } from '../../../src/methods/card/acceptance.ts';
import { readAnchors } from '../../../src/methods/card/anchors.ts';
import { createHandOff, type HandOff } from '../../../src/methods/card/host/hand-off.ts';
import { createCardHost, type Entrance } from '../../../src/methods/card/host/index.ts';
import { createCardJudge } from '../../../src/methods/card/judge.ts';
import type { RevocationStatus } from '../../../src/methods/card/revocation/index.ts';
import type { AttemptPlace, MethodService } from '../../../src/methods/method.ts';
import { freePort } from '../../support/ports.ts';
import { createTestSealer, openTestStore, type TestStore } from '../../support/store.ts';

export const ISSUER = 'http://localhost:9';
export const PLACE: AttemptPlace = { interaction: 'interaction-1', purpose: 'first' };

/** The card host alone: real TLS, real certificates, a real store. Who is revoked is what a test says. */
export interface TestCardHost {
  readonly port: number;
  readonly igc: Igc;
  readonly clock: ShiftedClock;
  readonly handOff: HandOff;
  readonly audit: AuditLog;
  readonly statuses: Map<string, 'revoked' | 'unknown'>;
  readonly log: () => string;
  readonly service: MethodService;
  /** The path of a new sign-in that waits for a card. */
  signInPath(place?: AttemptPlace): Promise<string>;
  destroy(): Promise<void>;
}

type EntranceOf = (tls: Extract<Entrance, { kind: 'tls' }>) => Entrance;

export async function startCardHost(entranceOf: EntranceOf = tls => tls): Promise<TestCardHost> {
  const clock = createShiftedClock();
  const store: TestStore = await openTestStore({ clock });
  const audit = createAudit({ store, clock });
  const igc = createIgc({ clock });
  // All at once: keys are slow to make, and several are made in the time of one.
  const [pem, own] = await Promise.all([igc.anchors(), igc.host(['localhost']), igc.issue('cps')]);
  const anchors = readAnchors(pem, 'demo');
  if (!anchors.ok) throw new Error(anchors.problem);
  const { issuers } = anchors;
  const statuses = new Map<string, 'revoked' | 'unknown'>();
  const handOff = createHandOff({ store, clock });
  const port = await freePort();
  let log = '';
  const service = createCardHost({
    entrance: entranceOf({
      kind: 'tls',
      header: 'x-ssl-client-cert',
      ...own,
      issuers: issuers.map(({ certificate }) => certificate.toString()),
      maxVersion: 'TLSv1.3',
      perNetwork: 200,
    }),
    url: `https://localhost:${port}`,
    addresses: ['127.0.0.1'],
    port,
    issuer: ISSUER,
    viewsFolder: 'views',
    frame: { label: 'demonstration', isDemo: true, region: async () => ({ name: 'Région', support: '01' }) },
    clock,
    sealer: createTestSealer(),
    logger: pino({ level: 'info' }, { write: (line: string) => void (log += line) }),
    audit,
    judge: createCardJudge({
      acceptance: createCardAcceptance({ issuers, mode: 'demo', clock }),
      revocation: { statusOf: async ({ serial }) => statusOf(statuses.get(serial)) },
    }),
    handOff,
    professionLabel: code => (code === '10' ? 'Médecin' : code),
  });
  await service.start();
  return {
    port,
    igc,
    clock,
    handOff,
    audit,
    statuses,
    log: () => log,
    service,
    signInPath: async (place = PLACE) => `/sign-in?t=${(await handOff.open(place)).token}`,
    async destroy() {
      await service.stop();
      await audit.close();
      await store.destroy();
    },
  };
}

function statusOf(said: 'revoked' | 'unknown' | undefined): RevocationStatus {
  if (said === 'revoked') return { status: 'revoked', source: 'crl', code: 'card.revoked' };
  if (said === undefined) return { status: 'good', source: 'crl' };
  return { status: 'unknown', code: 'card.revocation_unknown', reason: 'card.crl_missing' };
}
