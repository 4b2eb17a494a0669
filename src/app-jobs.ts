import { accountsSection, createDormancy, createExpiryNotices } from '#accounts/index.ts';
import type { Admin } from '#admin/index.ts';
import { coreSection } from '#config/index.ts';
import type { Enrolment } from '#enrolment/index.ts';
import type { Http } from '#http/index.ts';
import { createJobs, type JobRecord, type Jobs } from '#jobs/index.ts';
import type { FactorOffice, Method } from '#methods/index.ts';
import type { Notify, Outbox } from '#notify/index.ts';
import type { Oidc } from '#oidc/index.ts';
import type { Logger } from 'pino';
import type { Services } from './services.ts';

/** The periodic work of all modules, not yet started. */
export function registerJobs(deps: {
  readonly services: Services;
  readonly logger: Logger;
  readonly outbox: Outbox;
  readonly notify: Notify;
  readonly oidc: Oidc;
  readonly admin: Admin;
  readonly enrolment: Enrolment;
  readonly methods: readonly Method[];
  readonly office: FactorOffice;
}): Jobs {
  const { services, logger, outbox, notify, oidc, admin, enrolment, methods, office } = deps;
  const { config, audit } = services;
  const { issuer } = config.of(coreSection);
  const settings = config.of(accountsSection);
  const expiryNotices = createExpiryNotices({ ...services, notify, months: settings.passwordMonths, issuer });
  const dormancy = createDormancy({
    ...services,
    notify,
    settings,
    // Whoever could lift the suspension of everybody else.
    isKept: ({ memberships }) => memberships.some(({ profile }) => profile === 'administrateur_regional'),
    issuer,
  });

  const jobs = createJobs({ ...services, logger });
  jobs.every('audit.checkpoint', 60, async () => void (await audit.checkpoint()));
  jobs.every('audit.keep', 3600, async () => void (await audit.keep()));
  jobs.every('notify.outbox', 5, () => outbox.drain());
  jobs.every('accounts.dormancy', 86_400, async () => void (await dormancy.run()));
  jobs.every('accounts.expiry-notices', 3600, async () => void (await expiryNotices.send()));
  jobs.every('methods.factor-resets', 60, async () => void (await office.endResets()));
  jobs.every('methods.closed-accounts', 3600, async () => void (await office.forgetClosed()));
  jobs.every('oidc.over-sessions', 15, () => oidc.endOverSessions());
  jobs.every('oidc.revoked-sessions', 5, () => oidc.endRevokedSessions());
  for (const { name, seconds, run } of [
    ...admin.jobs,
    ...enrolment.jobs,
    ...methods.flatMap(method => method.jobs ?? []),
  ])
    jobs.every(name, seconds, run);
  for (const { name, seconds, run } of admin.ownJobs) jobs.everyHere(name, seconds, run);
  return jobs;
}

/** Shows how the jobs of this process fare; `deploy/prometheus/alarms.yml` looks at those of all instances together. */
export function measureJobs(metrics: Http['metrics'], jobs: Jobs): void {
  const family = (
    name: string,
    kind: 'gauge' | 'counter',
    help: string,
    valueOf: (record: JobRecord) => number | undefined,
  ) =>
    metrics.family({
      name: `jobs_${name}`,
      help,
      kind,
      label: 'job',
      read: () =>
        jobs.records().flatMap(record => {
          const value = valueOf(record);
          return value === undefined ? [] : [[record.name, value] as const];
        }),
    });
  family('failed_total', 'counter', 'Turns of a job that failed here.', ({ failed }) => failed);
  family('last_failure_seconds', 'gauge', 'When a job last failed here, if it did.', job => job.failedAt);
  family(
    'last_success_seconds',
    'gauge',
    'When a job last ended well here; the start of the process before.',
    ({ succeededAt }) => succeededAt,
  );
  family('period_seconds', 'gauge', 'From one turn of a job to the next.', job => job.periodSeconds);
}
