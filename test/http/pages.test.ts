import { expect } from 'chai';
import type { PageRegion } from '#http/index.ts';
import { createTestShell, type TestShell } from '../support/shell.ts';

const FIRST_PAGE = { login: '', methods: [{ value: 'code', label: 'Par courriel', icon: 'mail' }] };
const RULES = { rules: ['Au moins 9 caractères'], suggestion: 'un-mot-2-trop' };

/** SPEC: contract §5, form by form. */
const STEPS: readonly [string, string, object, readonly string[]][] = [
  ['identify', 'identify', FIRST_PAGE, ['login', 'password']],
  ['password', 'password', { login: 'claire.dupont' }, ['password']],
  ['code', 'code', { login: 'claire.dupont', destination: 'c•••@chu.example', expiresAt: 1 }, ['code']],
  [
    'change-password',
    'change-password',
    { login: 'j', reason: 'expired', ...RULES },
    ['new_password', 'new_password_repeat'],
  ],
  ['terms', 'terms', { version: '1', title: 'Règlement', text: 'Un texte', fromMs: 0 }, ['accept']],
];

describe('our pages', () => {
  let shell: TestShell;
  let view = '';
  let data: Record<string, unknown> = {};
  let region: () => Promise<PageRegion>;

  beforeEach(async () => {
    region = async () => ({ name: 'Santé & Cie', support: 'Support 02 38 00 00 00, aide@region.example' });
    shell = await createTestShell({
      viewsFolder: 'views',
      frame: { label: 'formation', isDemo: false, region: () => region() },
    });
    shell.http.use(async (ctx, next) => {
      if (ctx.path !== '/page') return next();
      await shell.http.render(ctx, view, data);
    });
    await shell.start();
  });
  afterEach(() => shell.close());

  async function page(name: string, values: object): Promise<string> {
    view = name;
    data = { ...values };
    const { status, text } = await shell.send({ path: '/page' });
    expect(status, text).to.equal(200);
    return text;
  }

  for (const [name, form, values, fields] of STEPS) {
    it(`contract §5: the step ${name} is one form with its fields, its token and its button`, async () => {
      const html = await page(`signin/${name}`, values);
      expect(html.match(/<form /gu)).to.have.length(1);
      expect(html).to.match(new RegExp(`<form method="post" id="${form}">`, 'u'));
      expect(html).to.match(/<input type="hidden" name="csrf" value="[\w-]{43}">/u);
      expect(html).to.match(/<button type="submit"[^>]* id="continue"/u);
      for (const field of fields) expect(html).to.match(new RegExp(`id="${field}" name="${field}"`, 'u'));
    });

    it(`shows a refusal of the step ${name} as an alert with its code, and the support contact`, async () => {
      const html = await page(`signin/${name}`, { ...values, alert: { code: 'x.refused', message: 'Non.' } });
      expect(html).to.match(/role="alert" data-code="x\.refused"/u);
      expect(html).to.include('href="tel:0238000000"').and.include('href="mailto:aide@region.example"');
    });
  }

  it('contract §5: the situations are choices of one field', async () => {
    const choices = [
      { value: 'chu', label: 'CHU', detail: 'Médecin' },
      { value: 'cab', label: 'Cabinet', detail: '' },
    ];
    const html = await page('signin/situation', { choices });
    expect(html).to.include('<form method="post" id="situation">');
    expect(html.match(/type="radio" name="situation"/gu)).to.have.length(2);
  });

  it('contract §5: other means are buttons that carry their name, and Enter still sends the main form', async () => {
    const html = await page('signin/identify', FIRST_PAGE);
    expect(html).to.include('name="method" value="code" formnovalidate');
    expect(html.indexOf('id="continue"')).to.be.lessThan(html.indexOf('name="method"'));
  });

  it('keeps what was typed, and never a secret', async () => {
    const html = await page('signin/identify', { ...FIRST_PAGE, login: 'claire', password: 'planted' });
    expect(html).to.include('value="claire"').and.not.include('planted');
  });

  it('escapes whatever it is given', async () => {
    const nasty = '"><script>alert(1)</script>';
    const html = await page('signin/identify', {
      login: nasty,
      clientName: nasty,
      methods: [{ value: nasty, label: nasty, icon: 'mail' }],
      alert: { code: nasty, message: nasty, hint: nasty },
      fieldErrors: { login: [nasty], password: [nasty] },
    });
    expect(html).to.not.include('<script>alert');
    expect(html).to.include('Santé &amp; Cie');
  });

  it('bears the label of its mode, and none in production', async () => {
    expect(await page('logged-out', {})).to.include('mode-formation');
  });

  it('calls scripts and styles by the hash of their content, which browsers may keep for ever', async () => {
    const html = await page('logged-out', {});
    const addresses = [...html.matchAll(/(?:href|src)="(\/assets\/[^"#]+)/gu)].map(found => found[1] ?? '');
    expect(addresses.length).to.be.greaterThan(4);
    for (const path of new Set(addresses)) {
      const asset = await shell.send({ path });
      expect(asset.status, path).to.equal(200);
      expect(asset.headers['cache-control']).to.include('immutable');
      const etag = String(asset.headers.etag);
      expect((await shell.send({ path, headers: { 'If-None-Match': etag } })).status).to.equal(304);
    }
  });

  it('shows an error page with the support contact while the store is down', async () => {
    await page('logged-out', {});
    region = () => Promise.reject(new Error('store.unavailable'));
    const { status, text } = await shell.send({ path: '/nowhere', headers: { Accept: 'text/html' } });
    expect(status).to.equal(404);
    expect(text).to.include('href="tel:0238000000"').and.include('data-code="http.not_found"');
  });

  it('does not wait for a store that hangs', async function () {
    // The bound is ours, the machine is shared: an unlucky pause of the whole process is not a failure.
    this.retries(2);
    region = () => new Promise(() => undefined);
    const startedMs = performance.now();
    expect((await shell.send({ path: '/nowhere' })).status).to.equal(404);
    expect(performance.now() - startedMs).to.be.lessThan(3_000);
  });
});
