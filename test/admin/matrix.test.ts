import { expect } from 'chai';
import type { TestApp } from '../support/app.ts';
import { seatOf } from '../support/administrators.ts';
import { basicOf, startApiApp } from './api-client.ts';
import { MATRIX, type Row } from './matrix.ts';
import { sendRequest } from './sent-requests.ts';
import { APPLICATIONS, askersOf, NOBODY, PEOPLE, type Ask, type Branch, type Who } from './matrix-probe.ts';

/** `METHOD path` of everything that administration answers. */
function routesOf(app: TestApp): readonly string[] {
  return app.admin.routes.stack.flatMap(({ methods, path }) => {
    const asked = methods.filter(method => method !== 'HEAD');
    return asked.length > 5 ? [`* ${String(path)}`] : asked.map(method => `${method} ${String(path)}`);
  });
}

/** What the names in paths and bodies stand for. */
type Names = Readonly<Record<string, string>>;

const isForMachines = (path: string) => path.startsWith('/admin/api/v1') || path.startsWith('/scim/');

describe('the matrix route × role × branch', () => {
  let app: TestApp;
  let askers: ReadonlyMap<Who, Ask>;
  let names: Readonly<Record<Branch, Names>>;

  before(async () => {
    app = await startApiApp({ TROUSSEAU_ADMIN_CALLS_PER_MINUTE: '100000' });
    askers = await askersOf(app);
    names = await namesOf(app);
  });
  after(() => app.destroy());

  it('has a row for every route, and a route for every row', () => {
    expect(Object.keys(MATRIX)).to.have.members([...new Set(routesOf(app))]);
  });

  for (const [route, row] of Object.entries(MATRIX)) {
    it(`${route} lets in whom its row names, and nobody else`, async () => {
      const calls = { own: callOf(route, row, 'own'), other: callOf(route, row, 'other') };
      // Of a path without a branch in it, both are one call: made again, it would prove nothing more.
      const isOne = row.own === row.other && JSON.stringify(calls.own) === JSON.stringify(calls.other);
      for (const branch of isOne ? (['own'] as const) : (['own', 'other'] as const))
        for (const who of asking(route)) await check(calls[branch], row[branch], who);
    });
  }

  it('was walked without a single change by who may change nothing', async () => {
    const changed = (await app.services.audit.list({ time: '', limit: 1_000 })).items
      .filter(({ data }) => data?.['changes'] !== undefined)
      .map(({ actor }) => actor);
    const readers = [PEOPLE.A, PEOPLE.a, PEOPLE.u].map(name => `acc-${name}`);
    expect(changed).to.not.include.members(readers);
    for (const reader of [...readers, `client:${APPLICATIONS.l}`]) expect(changed).to.not.include(reader);
  });

  /** What is asked of the things of that branch. */
  function callOf(route: string, { body, file }: Row, branch: Branch) {
    const [method = '', pattern = ''] = route.split(' ');
    const path = filled(pattern, names[branch], pattern);
    const asked = method === '*' ? 'GET' : method;
    const dryRun = path.startsWith('/admin/api/v1') && asked !== 'GET' ? '?dry_run=true' : '';
    return {
      method: asked,
      path: `${path}${dryRun}`,
      sent: {
        ...(body && { body: JSON.parse(filled(JSON.stringify(body), names[branch])) as object }),
        ...(file && { file }),
      },
    };
  }

  async function check(
    { method, path, sent }: ReturnType<typeof callOf>,
    letIn: string,
    who: Who,
  ): Promise<void> {
    const verdict = await askers.get(who)?.(method, path, sent);
    const about = `${who} at ${method} ${path}`;
    if (letIn.includes(who)) expect(verdict, about).to.equal('in');
    else
      expect(verdict, about).to.be.oneOf(who === NOBODY ? ['signed-out', 'absent'] : ['refused', 'absent']);
  }
});

/** People at pages, applications at the API; nobody at both. */
function asking(route: string): readonly Who[] {
  const doors = isForMachines(route.split(' ')[1] ?? '') ? APPLICATIONS : PEOPLE;
  return [NOBODY, ...(Object.keys(doors) as Who[]).toReversed()];
}

/** `:names` become what they stand for; of `:id` and `:version`, the kind of thing before says which. */
function filled(text: string, names: Names, pattern = ''): string {
  const kind = /\/([\w-]+)\/:(?:id|version|review|request)/u.exec(pattern)?.[1] ?? '';
  return text
    .replace(/:([a-z]\w*)/giu, (whole, name: string) => names[name] ?? names[kind] ?? whole.slice(1))
    .replace('*rest', 'nowhere');
}

async function policyVersionOf(get: (path: string) => Promise<{ readonly body: string }>): Promise<string> {
  return /\/admin\/policies\/history\/([\w-]+)/u.exec((await get('/admin/policies')).body)?.[1] ?? '';
}

/** One of each thing in both branches, so that every route has something to show. */
async function namesOf(app: TestApp): Promise<Readonly<Record<Branch, Names>>> {
  const read = async (path: string) =>
    (await (
      await fetch(`${app.issuer}${path}`, { headers: { Authorization: basicOf('si-region') } })
    ).json()) as { items: readonly { readonly membership: string }[] };
  const membershipOf = async (sub: string) =>
    (await read(`/admin/api/v1/people/${sub}/memberships`)).items[0]?.membership ?? '';

  const { browser, get } = await seatOf(app, 'anne');
  async function reviewOf(organisation: string): Promise<string> {
    const to = new Date(app.clock.nowMs() + 40 * 86_400_000).toISOString().slice(0, 10);
    const page = await browser.submit(await get('/admin/reviews/new'), 'review', {
      name: `Revue ${organisation}`,
      network: 'cancerologie',
      organisation,
      to,
    });
    return page.url.pathname.split('/').at(-1) ?? '';
  }

  async function webhookOf(organisation: string): Promise<string> {
    const page = await browser.submit(await get('/admin/webhooks/new'), 'webhook', {
      url: 'http://localhost:9/events',
      events: 'terms.published',
      organisation,
    });
    return /\/admin\/webhooks\/(?!new)([\w-]+)/u.exec(page.body)?.[1] ?? '';
  }

  app.outbox.register('test.parcel', () => Promise.reject(new Error('later')));
  await app.outbox.enqueue('test.parcel', {}, { id: 'parcel' });
  await app.services.terms.put(
    { version: 'future', title: 'À venir', text: 'Texte.', fromMs: app.clock.nowMs() + 86_400_000 },
    'system',
  );
  const everywhere = {
    key: 'ending',
    format: 'csv',
    delivery: 'parcel',
    means: 'code',
    template: 'signin-code',
    terms: 'future',
    notice: '2026-1',
    history: await policyVersionOf(get),
    line: '000-00',
    Schemas: 'urn%3Aietf%3Aparams%3Ascim%3Aschemas%3Acore%3A2.0%3AUser',
    ResourceTypes: 'User',
  };
  const post = (path: string, body: object) =>
    fetch(`${app.issuer}/admin/api/v1${path}`, {
      method: 'POST',
      headers: { Authorization: basicOf('si-region'), 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  for (const [organisation, sub] of Object.entries({ chu: 'acc-claire', clinique: 'acc-luc' }))
    await post(`/organisations/${organisation}/referents`, { sub });
  for (const network of ['cancerologie', 'perinatalite'])
    await post(`/networks/${network}/notices`, { version: '2026-1', title: 'Notice', text: 'Texte.' });
  const [sent, sentElsewhere] = [
    await sendRequest(app, { familyName: 'Dupuis', organisation: 'chu' }),
    await sendRequest(app, { familyName: 'Durand', organisation: 'clinique' }),
  ];
  return {
    own: {
      ...everywhere,
      requests: sent.id,
      document: sent.proofs[0]?.id ?? '',
      webhook: await webhookOf('chu'),
      org: 'chu',
      sub: 'acc-claire',
      colleague: 'acc-carole',
      rpps: '899700218896',
      membership: await membershipOf('acc-claire'),
      client_id: 'si-chu',
      organisations: 'chu',
      networks: 'cancerologie',
      applications: 'si-chu',
      reviews: await reviewOf('chu'),
      Users: 'acc-claire',
      Groups: 'cancerologie.chu.pharmacien',
    },
    other: {
      ...everywhere,
      requests: sentElsewhere.id,
      document: sentElsewhere.proofs[0]?.id ?? '',
      webhook: await webhookOf('clinique'),
      org: 'clinique',
      sub: 'acc-luc',
      colleague: 'acc-colin',
      rpps: '899700366240',
      membership: await membershipOf('acc-luc'),
      client_id: 'si-clinique',
      organisations: 'clinique',
      networks: 'perinatalite',
      applications: 'si-clinique',
      reviews: await reviewOf('clinique'),
      Users: 'acc-luc',
      Groups: 'cancerologie.clinique.pharmacien',
    },
  };
}
