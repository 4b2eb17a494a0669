import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createShiftedClock } from '#kernel/index.ts';
import { createWorkList, type WorkFilter } from '../../../src/admin/requests/work-list.ts';
import type { App } from '../../../src/app.ts';
import { administeredRegion } from '../harness/administered.ts';
import { openApp } from '../harness/app.ts';
import { ms, type Bench } from '../harness/bench.ts';
import { createLatencies } from '../harness/latencies.ts';

const AIM_MS = 100;
const PAGE = 50;
const ESTABLISHMENTS = 20;

/** Issue 7: 1,000 requests for an account in the list stay quick, for the region and for one establishment. */
export const requests: Bench = {
  name: 'requests',
  title: 'The work list of those who treat requests for an account',
  async run({ isQuick }) {
    const folder = await mkdtemp(path.join(tmpdir(), 'trousseau-bench-'));
    const clock = createShiftedClock();
    const app = await openApp(folder, clock, administeredRegion(ESTABLISHMENTS));
    try {
      const count = isQuick ? 100 : 1000;
      for (let at = 0; at < count; at += 1) await send(app, at);
      const list = createWorkList({ enrolment: app.enrolment.office, clock });
      const measure = async (who: string, what: string, filter: WorkFilter) => {
        const tookMs = createLatencies();
        let total = 0;
        for (let round = 0; round < (isQuick ? 5 : 50); round += 1) {
          const beforeMs = performance.now();
          const session = { acr: 'urn:trousseau:acr:code', authTime: clock.now() };
          const authority = await app.access.administration.authorityOf({
            kind: 'person',
            sub: `acc-${who}`,
            session,
          });
          total = (await list.page(authority, filter, { limit: PAGE })).total;
          tookMs.add(performance.now() - beforeMs);
        }
        const [p50, p95] = [tookMs.percentile(0.5), tookMs.percentile(0.95)];
        return {
          what: `${count} requests, ${what}`,
          ours: `p50 ${ms(p50)}, p95 ${ms(p95)}, ${total} found`,
          aim: `p95 < ${AIM_MS} ms`,
          reached: ms(p95),
          isMet: p95 < AIM_MS,
          figures: { p50, p95, total, count },
        };
      };
      return [
        await measure('anne', 'the first page, whole region', { show: 'all' }),
        await measure('anne', 'a part of a name, whole region', { show: 'new', text: 'nom 42' }),
        await measure('paul', 'the first page, one establishment in twenty', { show: 'all' }),
      ];
    } finally {
      await app.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** A request as the form leaves it, of one of the establishments. */
async function send({ enrolment }: App, at: number): Promise<void> {
  const { requests: store, places } = enrolment.office;
  const organisation = `org-${at % ESTABLISHMENTS}`;
  const workplace = { kind: 'organisation', organisation, name: organisation } as const;
  const token = await store.begin(null, null, {
    profession: { code: '60' },
    number: { rpps: null, register: { outcome: 'not_imported' } },
    name: { civility: 'MME', givenName: 'Léa', familyName: `Nom ${at}` },
    address: { street: '2 boulevard Tonnellé', postcode: '37000', town: 'Tours' },
    workplace,
    phones: { mobile: '+33612345678', others: [] },
    email: { address: `nom.${at}@bench.example`, isVerified: true },
    interests: { networks: ['cancerologie'], applications: [] },
  });
  const draft = await store.ofToken(token);
  const handler = await places.handlerOf(workplace);
  await store.act(
    draft?.id ?? '',
    { kind: 'requester' },
    () => ({ type: 'send', missing: [], handler, own: [], validated: [] }),
    before => ({ ...before, marks: store.marksOf(before) }),
  );
}
