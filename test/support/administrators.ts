import { createBrowserless, type Browserless, type Page } from '../../scripts/interop/browserless.ts';
import { exampleRegion, PASSWORD, type TestApp } from './app.ts';
import { codeSentTo } from './relying-party.ts';

const held = (profile: string, organisation?: string, network = 'cancerologie') => ({
  network,
  profile,
  ...(organisation === undefined ? {} : { organisation }),
});

/**
 * A region with two branches and everybody who administers: `anne` the region, `paul` the CHU and its service, `colin`
 * the clinique, `carole` the 3C of the CHU; `nadia` audits the region, `noe` the CHU. People: `claire` of the CHU,
 * `perine` of its service in another network, `karim` of both, `luc` of the clinique, `libre` of nowhere.
 */
export function administeredRegion() {
  const region = exampleRegion();
  const person = (name: string, memberships: object[], more: object = {}) => ({
    sub: `acc-${name}`,
    login: `${name}.test`,
    given_name: `${name[0]?.toUpperCase()}${name.slice(1)}`,
    family_name: 'Test',
    email: `${name}.test@chu.example`,
    password: PASSWORD,
    terms_accepted: '2026-1',
    memberships,
    ...more,
  });
  return {
    ...region,
    organisations: [
      { id: 'region', name: 'Région', networks: ['cancerologie', 'perinatalite'] },
      { id: 'chu', name: 'CHU', parent: 'region', networks: ['cancerologie', 'perinatalite'] },
      { id: 'chu-onco', name: 'Oncologie du CHU', parent: 'chu', networks: ['cancerologie', 'perinatalite'] },
      { id: 'clinique', name: 'Clinique', parent: 'region', networks: ['cancerologie'] },
    ],
    accounts: [
      person('anne', [held('administrateur_regional', 'region')], { branch: 'region' }),
      person('paul', [held('administrateur_local', 'chu')], { branch: 'chu' }),
      person('colin', [held('administrateur_local', 'clinique')], { branch: 'clinique' }),
      person('carole', [held('administrateur_3c', 'chu')], { branch: 'chu' }),
      person('nadia', [held('auditeur', 'region')], { branch: 'region' }),
      person('noe', [held('auditeur', 'chu')], { branch: 'chu' }),
      person('claire', [held('utilisateur_cancerologie', 'chu')], { national_ids: ['899700366240'] }),
      person('perine', [held('utilisateur_cancerologie', 'chu-onco', 'perinatalite')]),
      person('karim', [held('responsable_rcp', 'chu'), held('utilisateur_cancerologie', 'clinique')]),
      person('luc', [held('utilisateur_cancerologie', 'clinique')], { national_ids: ['899700218896'] }),
      person('libre', []),
    ],
  };
}

/** A browser in which somebody is signed in. */
export interface Seat {
  readonly browser: Browserless;
  /** Follows redirections of ours. */
  get(path: string): Promise<Page>;
}

/** Signs `name` of `administeredRegion` in, with a code by e-mail, by way of the page asked for. */
export async function seatOf(app: TestApp, name: string, path = '/account'): Promise<Seat> {
  const browser = createBrowserless();
  await passSignIn(
    app,
    browser,
    await browser.get(`${app.issuer}/oidc/authorize?${portalQuery(app, path)}`),
    name,
  );
  return { browser, get: to => browser.get(`${app.issuer}${to}`) };
}

/** From a step of the sign-in to the page that it was on the way to. */
export async function passSignIn(
  app: TestApp,
  browser: Browserless,
  step: Page,
  name: string,
): Promise<Page> {
  const login = `${name}.test`;
  let page = step;
  for (let steps = 0; steps < 6 && page.url.pathname.startsWith('/interaction'); steps += 1) {
    const form = page.forms[0]?.id ?? '';
    if (page.alertCode !== undefined) throw new Error(`${form}: ${page.alertCode}`);
    const code = form === 'code' ? await codeSentTo(app, `${login}@chu.example`) : '';
    page = await browser.submit(
      page,
      form,
      { identify: { login, password: PASSWORD }, password: { password: PASSWORD }, code: { code } }[form] ??
        {},
    );
  }
  return page;
}

function portalQuery(app: TestApp, state: string): URLSearchParams {
  return new URLSearchParams({
    client_id: 'trousseau',
    response_type: 'code',
    scope: 'openid',
    redirect_uri: `${app.issuer}/signed-in`,
    state,
    code_challenge: 'x'.repeat(43),
    code_challenge_method: 'S256',
    acr_values: 'urn:trousseau:acr:code',
  });
}
