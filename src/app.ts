import path from 'node:path';
import { createAccess, accessSection, type Access } from '#access/index.ts';
import { adminSection, createAdmin, type Admin } from '#admin/index.ts';
import { coreSection, listenAddresses, type Config } from '#config/index.ts';
import { createEnrolment, enrolmentSection, type Enrolment } from '#enrolment/index.ts';
import { createForgotten, forgottenSection, type Forgotten } from '#forgotten/index.ts';
import { createHttp, listen, type Http, type Listener, type PageFrame } from '#http/index.ts';
import type { Jobs } from '#jobs/index.ts';
import { systemClock, type Clock } from '#kernel/index.ts';
import {
  cardSection,
  codeSection,
  createFactorOffice,
  createFactors,
  createMeansRegistry,
  createMethods,
  createTokens,
  factorsSection,
  proSanteConnectSection,
  type FactorOffice,
  type Factors,
  type MeansRegistry,
  type Method,
} from '#methods/index.ts';
import type { MailTemplates, MailWordings, Outbox, SmsWordings } from '#notify/index.ts';
import { createOidc, oidcSection, type Oidc } from '#oidc/index.ts';
import { createPortal } from '#portal/index.ts';
import { createRegionImport, type RegionImport } from '#region/index.ts';
import { createSignin, signinSection, type OnPasswordChanged } from '#signin/index.ts';
import { createTracer, tracingSection } from '#tracing/index.ts';
import type { Logger } from 'pino';
import { createAdminPorts } from './app-admin.ts';
import { createEnrolmentPorts } from './app-enrolment.ts';
import { measureJobs, registerJobs } from './app-jobs.ts';
import { openMessages } from './app-messages.ts';
import { createOidcPages } from './app-pages.ts';
import { createPortalPorts } from './app-portal.ts';
import { regionSections } from './region-sections.ts';
import { openServices, productFolder, type Services } from './services.ts';

/** How soon a policy that another instance put in force is in force on this one. */
const FOLLOW_MS = 5_000;
/** How long a proxy may still use the connections it has, when the service stops: it has found a new one refused by then. */
const KEPT_FOR_PROXIES_MS = 2_000;

/** The whole service, composed; not yet listening. */
export interface App {
  readonly services: Services;
  readonly http: Http;
  readonly oidc: Oidc;
  readonly access: Access;
  readonly admin: Admin;
  readonly enrolment: Enrolment;
  readonly forgotten: Forgotten;
  readonly outbox: Outbox;
  readonly jobs: Jobs;
  readonly region: RegionImport;
  readonly methods: readonly Method[];
  readonly means: MeansRegistry;
  readonly factors: Factors;
  readonly office: FactorOffice;
  readonly mailTemplates: MailTemplates;
  readonly wordings: MailWordings;
  readonly smsWordings: SmsWordings;
  /** True before any region was imported. */
  isEmpty(): Promise<boolean>;
  /**
   * Listens and starts the periodic work; resolves to the port. `/health/ready` refuses until all of it is done, and
   * `beforeReady`, which may already ask the service, after it.
   */
  start(options?: { readonly beforeReady?: () => Promise<void> }): Promise<number>;
  /** Drains, then ends everything in the reverse order of opening: nothing acknowledged is lost. */
  stop(): Promise<void>;
}

/** The composition root: configuration → store → modules → HTTP. The only file that knows every module. */
export async function createApp(deps: {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock?: Clock;
}): Promise<App> {
  const { config, logger, clock = systemClock } = deps;
  const core = config.of(coreSection);
  const isDemo = config.mode === 'demo';
  const isSecure = core.issuer.startsWith('https:');
  const services = await openServices({ config, clock, logger });
  const { store, audit, directory, accounts, terms, sealer } = services;

  const messages = await openMessages({ services, clock, logger });
  const { outbox, demo, notify, mailTemplates, wordings, smsWordings } = messages;

  const tracer = createTracer({ settings: config.of(tracingSection), clock, logger });
  const viewsFolder = path.join(productFolder, 'views');
  const frame: PageFrame = { label: core.label, isDemo, region: () => directory.region() };
  const http = createHttp({
    issuer: core.issuer,
    otherHosts: isDemo ? [`127.0.0.1:${core.port}`, `[::1]:${core.port}`, `localhost:${core.port}`] : [],
    proxyHops: core.proxyHops,
    metricsToken: core.metricsToken,
    onEnd: request => tracer.record(request),
    viewsFolder,
    frame,
    clock,
    sealer,
    logger,
  });

  const factors = createFactors({ store, clock, settings: config.of(factorsSection) });
  const methods = createMethods({
    store,
    clock,
    sealer,
    notify,
    accounts,
    directory,
    factors,
    issuer: core.issuer,
    endByOrigin: (origin, reason) => oidc.sessions.endByOrigin(origin, reason),
    audit,
    logger,
    card: {
      mode: config.mode,
      url: core.cardUrl,
      addresses: listenAddresses(core.host),
      port: core.cardPort,
      dataDir: core.dataDir,
      viewsFolder,
      frame,
    },
    settings: {
      card: config.of(cardSection),
      code: config.of(codeSection),
      proSanteConnect: config.of(proSanteConnectSection),
    },
  });
  const means = createMeansRegistry({ store, clock, methods });

  const oidc = await createOidc({
    ...services,
    outbox,
    issuer: core.issuer,
    portalName: 'Portail régional',
    settings: config.of(oidcSection),
    sessionSettings: config.of(signinSection),
    loginOf: async accountId => (await accounts.loginOf(accountId)) ?? '',
    hasDuties: accountId => terms.hasPending(accountId),
    refusesApplication: async (accountId, clientId) =>
      (await access.canOpenApplication(accountId, clientId)) ? null : 'application_not_permitted',
    pages: createOidcPages(http),
    async leaveBy(origins, returnTo) {
      for (const method of methods) {
        const address = await method.signOut?.(origins, returnTo);
        if (address !== undefined) return address;
      }
      return undefined;
    },
    onError: (error, about) => logger.error({ error: String(error) }, about),
  });

  const access = createAccess({
    ...services,
    accounts: { exists: async sub => (await accounts.loginOf(sub)) !== null },
    sessions: {
      async findBySid(sid) {
        const live = await oidc.sessions.findBySid(sid);
        return live && { uid: live.uid, accountId: live.accountId, acr: live.acr ?? 'none' };
      },
      touch: uid => oidc.sessions.touch(uid),
    },
    callers: oidc.callers,
    settings: config.of(accessSection),
    mode: config.mode,
    issuer: core.issuer,
    signMetadata: claims => oidc.statements.sign(claims, 'authzen-metadata+jwt'),
  });
  await access.load();

  const onPasswordChanged: OnPasswordChanged = async (accountId, exceptUid) =>
    void (await oidc.sessions.endAll(accountId, 'password_changed', { exceptUid }));

  const office = createFactorOffice({
    ...services,
    notify,
    factors,
    address: core.issuer,
    settings: config.of(factorsSection),
  });
  const takesRequests = config.of(enrolmentSection).isOpen;
  const enrolment = createEnrolment({
    ...services,
    http,
    notify,
    ports: createEnrolmentPorts({
      ...services,
      administration: access.administration,
      visitors: { find: ctx => portal.visitors.find(ctx) },
      signInUrl: oidc.signInUrl,
    }),
    means,
    guard: {
      attempt: (...attempt) => signin.guard.attempt(...attempt),
      begin: (...attempt) => signin.guard.begin(...attempt),
    },
    settings: config.of(enrolmentSection),
    codeSettings: config.of(codeSection),
    issuer: core.issuer,
  });
  const signin = createSignin({
    ...services,
    ...(takesRequests ? { askForAccount: enrolment.askForAccount } : {}),
    office,
    asksSecondMeans: config.of(factorsSection).atFirstSignIn === 'always',
    notify,
    http,
    means,
    interactions: oidc.interactions,
    onPasswordChanged,
    announceCorrection: (professional, number) => portal.announceChange(professional, 'phone', number),
    settings: config.of(signinSection),
    codeSettings: config.of(codeSection),
    isSecure,
  });
  const forgotten = createForgotten({
    ...services,
    http,
    notify,
    guard: signin.guard,
    devices: signin.devices,
    onPasswordChanged,
    settings: config.of(forgottenSection),
    issuer: core.issuer,
  });
  const portal = createPortal({
    ...services,
    http,
    notify,
    guard: signin.guard,
    password: signin.password,
    means,
    factors,
    office,
    idleSeconds: config.of(signinSection).idleSeconds,
    codeSettings: config.of(codeSection),
    issuer: core.issuer,
    ports: createPortalPorts({
      services,
      oidc,
      access,
      demo,
      onPasswordChanged,
      methods,
      takesRequests,
      askForAccount: enrolment.askForAccount,
    }),
  });

  const admin = createAdmin({
    ...services,
    logger,
    http,
    notify,
    means,
    factors,
    office,
    tokens: createTokens({ store, clock, factors }),
    administration: access.administration,
    policyOffice: access.policyOffice,
    rcpListing: access.rcpListing,
    emergencies: access.emergencies,
    explainer: access.explainer,
    linkedKeys: access.linkedKeys,
    recordOffice: access.recordOffice,
    notices: access.notices,
    outbox,
    internalHosts: config.of(oidcSection).internalHosts ?? [],
    deliveries: outbox.deliveries,
    wordings,
    smsWordings,
    mailTemplates,
    issuer: core.issuer,
    base: { isDemo, isTraining: core.label === 'formation' },
    mobileCheck: config.of(signinSection).mobileCheck,
    settings: config.of(adminSection),
    ports: createAdminPorts({ oidc, portal, guard: access.guard, forgotten, enrolment }),
    enrolment: enrolment.office,
  });

  http.use(access.requestIds);
  http.use(oidc.middleware);
  for (const routes of [
    signin.routes,
    forgotten.routes,
    ...methods.flatMap(({ routes: ofMeans }) => ofMeans ?? []),
    messages.receipts,
    portal.routes,
    admin.routes,
    access.routes,
    ...(takesRequests ? [enrolment.routes] : []),
  ])
    http.use(routes);
  http.health.addCheck('store', () => store.check());
  http.health.addCheck('policies', async () => access.check());
  http.metrics.gauge('store_commits', 'Transactions committed by the store.', () => store.stats().commits);
  for (const { name, help, read } of methods.flatMap(({ gauges }) => gauges ?? []))
    http.metrics.gauge(name, help, read);
  http.metrics.gauge('traces_lost', 'Spans that were given up.', () => tracer.lost());
  http.metrics.gauge('store_operations', 'Writes done by the store.', () => store.stats().operations);
  http.metrics.gauge(
    'access_engine_differences',
    'Decisions that casbin has contradicted: 0, or an alarm.',
    () => access.engineDifferences(),
  );

  const jobs = registerJobs({ services, logger, outbox, notify, oidc, admin, enrolment, methods, office });
  measureJobs(http.metrics, jobs);

  let listener: Listener | undefined;
  let following: NodeJS.Timeout | undefined;
  return {
    services,
    http,
    oidc,
    access,
    admin,
    enrolment,
    forgotten,
    outbox,
    jobs,
    methods,
    means,
    factors,
    office,
    mailTemplates,
    wordings,
    smsWordings,
    region: createRegionImport({
      isTraining: core.label === 'formation',
      sections: regionSections(services, access),
      isDemo,
      clock,
      store,
      audit,
    }),
    isEmpty: async () => (await directory.networks.list('name', { prefix: '', limit: 1 })).items.length === 0,
    async start({ beforeReady } = {}) {
      const started = http.health.starting();
      listener = await listen(http.listener(), listenAddresses(core.host), core.port);
      for (const { service } of methods) await service?.start();
      jobs.start();
      // On every instance, unlike the jobs, which one of them does.
      following = setInterval(() => {
        access
          .follow()
          .catch(error => logger.error({ error: String(error) }, 'following the policy in force'));
      }, FOLLOW_MS).unref();
      await beforeReady?.();
      started();
      return listener.port;
    },
    async stop() {
      http.health.drain();
      clearInterval(following);
      await listener?.close({ keptMs: core.proxyHops > 0 ? KEPT_FOR_PROXIES_MS : 0 });
      for (const { service } of methods) await service?.stop();
      oidc.close();
      await jobs.stop();
      await messages.close();
      await tracer.close();
      await services.close();
    },
  };
}
