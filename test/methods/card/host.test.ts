import { expect } from 'chai';
import type { CardKind, IssuedCard } from '../../../scripts/demo/igc/index.ts';
import { ask, confirm, cookiesOf, fieldsOf } from './card-client.ts';
import { ISSUER, PLACE, startCardHost, type TestCardHost } from './card-host.ts';

describe('the card host', () => {
  let host: TestCardHost;
  let claire: IssuedCard;
  let sophie: IssuedCard;
  before(async function () {
    // Keys of 2048 bits on a busy machine.
    this.timeout(60_000);
    host = await startCardHost();
    [claire, sophie] = await Promise.all([host.igc.issue('cps'), host.igc.issue('cpe')]);
  });
  after(() => host.destroy());
  const ticketOf = (location: string | undefined) => new URL(location ?? '').searchParams.get('ticket') ?? '';

  it('names the holder of the card and asks, then leads back to the interaction with a ticket of one use', async () => {
    const path = await host.signInPath();
    const page = await ask(host.port, path, { card: claire });
    expect(page.status).to.equal(200);
    expect(page.text).to.contain('<strong>Claire DUPONT</strong>, médecin, RPPS\u00a0…\u20606240');
    const done = await confirm(host.port, path, claire);
    expect(done.status).to.equal(303);
    const { location } = done.headers;
    expect(location).to.match(
      new RegExp(`^${ISSUER}/interaction/${PLACE.interaction}/arrival\\?ticket=`, 'u'),
    );
    const proven = await host.handOff.redeem(ticketOf(location), PLACE);
    expect(proven?.identity).to.deep.include({ nationalIds: ['899700366240'], familyName: 'DUPONT' });
    expect(proven?.card.serial).to.equal(claire.certificate.serial);
    expect(await host.handOff.redeem(ticketOf(location), PLACE)).to.equal(null);
  });

  it('gives nothing before the holder has said yes: reading a card ends no waiting', async () => {
    const path = await host.signInPath();
    for (let time = 0; time < 3; time += 1) {
      const { status, headers } = await ask(host.port, path, { card: claire });
      expect([status, headers.location]).to.deep.equal([200, undefined]);
    }
    expect((await confirm(host.port, path, claire)).status).to.equal(303);
  });

  it('takes the word only with the card that was shown: a colleague’s card in the reader is shown anew', async () => {
    const path = await host.signInPath();
    const changed = await confirm(host.port, path, claire, sophie);
    expect([changed.status, changed.code]).to.deep.equal([409, 'card.changed']);
    expect(changed.text).to.contain('Sophie MARTIN');
    const renewed = await host.igc.issue('cps');
    const other = await confirm(host.port, path, claire, renewed);
    expect([other.status, other.code]).to.deep.equal([409, 'card.changed']);
  });

  it('takes no word without a card: it was taken out', async () => {
    const path = await host.signInPath();
    const page = await ask(host.port, path, { card: claire });
    const answer = await ask(host.port, '/sign-in', {
      form: fieldsOf(page),
      headers: { cookie: cookiesOf(page) },
    });
    expect([answer.status, answer.code]).to.deep.equal([403, 'card.not_presented']);
  });

  it('takes the word of one sign-in for no other', async () => {
    const [mine, other] = [await host.signInPath(), await host.signInPath({ ...PLACE, interaction: 'i-2' })];
    const page = await ask(host.port, mine, { card: claire });
    const form = { ...fieldsOf(page), t: other.slice('/sign-in?t='.length) };
    const answer = await ask(host.port, '/sign-in', {
      card: claire,
      form,
      headers: { cookie: cookiesOf(page) },
    });
    expect([answer.status, answer.code]).to.deep.equal([409, 'card.changed']);
  });

  it('takes no form that another site sends', async () => {
    const path = await host.signInPath();
    const page = await ask(host.port, path, { card: claire });
    for (const headers of [
      {},
      { cookie: cookiesOf(page), origin: 'https://elsewhere.example' },
      { cookie: cookiesOf(page), 'sec-fetch-site': 'cross-site' },
    ] as Record<string, string>[]) {
      const answer = await ask(host.port, '/sign-in', { card: claire, form: fieldsOf(page), headers });
      expect([answer.status, answer.code]).to.deep.equal([403, 'http.csrf_failed']);
    }
  });

  it('gives one ticket to 50 words at the same time', async () => {
    const path = await host.signInPath();
    const page = await ask(host.port, path, { card: claire });
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        ask(host.port, '/sign-in', {
          card: claire,
          form: fieldsOf(page),
          headers: { cookie: cookiesOf(page) },
        }),
      ),
    );
    expect(answers.filter(({ status }) => status === 303)).to.have.length(1);
    expect(new Set(answers.filter(({ status }) => status !== 303).map(({ code }) => code))).to.deep.equal(
      new Set(['card.address_ended']),
    );
  });

  it('ends the waiting after five minutes, with a newer address, and knows no made-up one', async () => {
    const older = await host.signInPath();
    const newer = await host.signInPath();
    expect((await ask(host.port, older, { card: claire })).code).to.equal('card.address_ended');
    host.clock.advance(301);
    for (const path of [newer, '/sign-in', '/sign-in?t=', `/sign-in?t=f.interaction-1.${'A'.repeat(43)}`]) {
      const { status, code } = await ask(host.port, path, { card: claire });
      expect([status, code], path).to.deep.equal([400, 'card.address_ended']);
    }
  });

  it('hands no ticket to another interaction, for another purpose, or after a minute', async () => {
    const location = (await confirm(host.port, await host.signInPath(), claire)).headers.location;
    const ticket = ticketOf(location);
    expect(await host.handOff.redeem(ticket, { ...PLACE, interaction: 'other' })).to.equal(null);
    expect(await host.handOff.redeem(ticket, { ...PLACE, purpose: 'second' })).to.equal(null);
    host.clock.advance(61);
    expect(await host.handOff.redeem(ticket, PLACE)).to.equal(null);
  });

  const REFUSED: Readonly<Partial<Record<CardKind, string>>> = {
    expired: 'card.expired',
    'not-yet-valid': 'card.not_yet_valid',
    service: 'card.service_card',
    software: 'card.software_certificate',
    module: 'card.module_certificate',
    signature: 'card.signature_certificate',
    old: 'card.old_issuer',
    impostor: 'card.forged',
    'wrong-key-usage': 'card.wrong_key_usage',
    'wrong-extended-key-usage': 'card.wrong_extended_key_usage',
    'wrong-type': 'card.wrong_type',
    'unknown-type': 'card.wrong_type',
  };
  for (const [kind, code] of Object.entries(REFUSED)) {
    it(`refuses a certificate of kind ${kind} with a page, over TLS, and a way to the other means`, async () => {
      const card = await host.igc.issue(kind as CardKind);
      const answer = await ask(host.port, await host.signInPath(), { card });
      expect([answer.status, answer.code]).to.deep.equal([403, code]);
      expect(answer.text).to.contain(`href="${ISSUER}/interaction/${PLACE.interaction}"`);
      expect((await ask(host.port, '/poste', { card })).code).to.equal(code);
    });
  }

  it('refuses a card that is revoked, also between the page and the word, and one of which nobody can say', async () => {
    const card = await host.igc.issue('cps');
    const path = await host.signInPath();
    const page = await ask(host.port, path, { card });
    for (const [status, code] of [
      ['revoked', 'card.revoked'],
      ['unknown', 'card.revocation_unknown'],
    ] as const) {
      host.statuses.set(card.certificate.serial, status);
      const form = fieldsOf(page);
      const answer = await ask(host.port, '/sign-in', { card, form, headers: { cookie: cookiesOf(page) } });
      expect([answer.status, answer.code]).to.deep.equal([403, code]);
    }
  });

  it('leaves a trace of each refusal, and no token, ticket or name in its log', async () => {
    const path = await host.signInPath();
    const card = await host.igc.issue('service');
    await ask(host.port, path, { card });
    const location = (await confirm(host.port, path, claire)).headers.location;
    const { items } = await host.audit.list({ limit: 1000 });
    const refused = items.filter(({ type }) => type === 'methods.card.refused');
    expect(refused.map(({ data }) => data?.['serial'])).to.include(card.certificate.serial);
    for (const secret of [path.slice(-43), ticketOf(location), 'DUPONT', '899700366240'])
      expect(host.log()).to.not.contain(secret);
  });

  it('tests a workstation: without a card, and with one, its dates, its issuer and the version of TLS', async () => {
    const without = await ask(host.port, '/poste');
    expect([without.status, without.code]).to.deep.equal([200, 'card.not_presented']);
    const found = await ask(host.port, '/poste', { card: sophie });
    expect([found.status, found.code]).to.deep.equal([200, undefined]);
    for (const words of ['Sophie MARTIN', 'TEST AC IGC-SANTE STANDARD PERSONNES', 'TLS 1.3', 'CPE'])
      expect(found.text).to.contain(words);
  });

  it('answers only to its own name, with the headers of every page, and leads home from what it has not', async () => {
    const stranger = await ask(host.port, '/poste', { headers: { host: 'evil.example' } });
    expect(stranger.status).to.equal(421);
    const { headers } = await ask(host.port, '/poste');
    expect(headers['content-security-policy']).to.contain("default-src 'none'");
    expect(headers['strict-transport-security']).to.contain('max-age');
    expect(headers['cache-control']).to.equal('no-store');
    expect((await ask(host.port, '/')).headers.location).to.equal(`${ISSUER}/`);
    expect((await ask(host.port, '/interaction/x')).status).to.equal(404);
  });

  it('looks at no header that claims a certificate: only the handshake counts', async () => {
    const pem = encodeURIComponent(claire.certificate.pem);
    const answer = await ask(host.port, await host.signInPath(), {
      headers: { 'x-ssl-client-cert': pem, 'x-trousseau-proxy-secret': 'x' },
    });
    expect([answer.status, answer.code]).to.deep.equal([403, 'card.not_presented']);
  });
});
