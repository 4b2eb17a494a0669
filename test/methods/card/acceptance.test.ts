import { expect } from 'chai';
import fc from 'fast-check';
import { subtle } from 'node:crypto';
import { createShiftedClock } from '#kernel/index.ts';
import { createCardAcceptance } from '../../../src/methods/card/acceptance.ts';
import { readAnchors } from '../../../src/methods/card/anchors.ts';
import { cardSentences } from '../../../src/methods/card/messages.ts';
import { createIgc, type CardKind, type IssueOptions } from '../../../scripts/demo/igc/index.ts';
import { Extension } from '../../../scripts/demo/igc/x509.ts';

const clock = createShiftedClock();
const YEAR_SECONDS = 365 * 24 * 3600;
const tests = createIgc({ clock });
const real = createIgc({ clock, look: 'production' });

async function acceptance(igc = tests, mode: 'demo' | 'production' = 'demo', at = clock) {
  const anchors = readAnchors(await igc.anchors(), mode);
  if (!anchors.ok) throw new Error(anchors.problem);
  const professionOf = (label: string) => (label === 'Pharmacien' ? '21' : undefined);
  return createCardAcceptance({ issuers: anchors.issuers, mode, clock: at, professionOf });
}

/** `null` for a card that is accepted. */
async function codeOf(kind: CardKind, options?: IssueOptions): Promise<string | null> {
  const { certificate } = await tests.issue(kind, options);
  const judgement = (await acceptance()).judge(certificate.der);
  return judgement.ok ? null : judgement.code;
}

const DIGITAL_SIGNATURE = 1;
const NON_REPUDIATION = 2;
const KEY_ENCIPHERMENT = 4;

const TABLE: readonly (readonly [kind: CardKind, options: IssueOptions, code: string | null])[] = [
  ['cps', {}, null],
  ['cpf', {}, null],
  ['cpe', {}, null],
  ['cde', {}, null],
  ['cpa', {}, null],
  ['cps', { upn: null }, null],
  ['cps', { nationalId: '0371234567' }, null],
  ['cps', { profession: null }, null],
  ['old', {}, 'card.old_issuer'],
  ['impostor', {}, 'card.forged'],
  ['software', {}, 'card.software_certificate'],
  ['cps', { category: 0x83 }, 'card.software_certificate'],
  ['cps', { category: 0x03 }, 'card.software_certificate'],
  ['module', {}, 'card.module_certificate'],
  ['cps', { category: null }, 'card.no_category'],
  ['cps', { category: 0x01 }, 'card.no_category'],
  ['service', {}, 'card.service_card'],
  ['signature', {}, 'card.signature_certificate'],
  ['wrong-key-usage', {}, 'card.wrong_key_usage'],
  ['cps', { keyUsage: DIGITAL_SIGNATURE | NON_REPUDIATION }, 'card.wrong_key_usage'],
  ['cps', { keyUsage: DIGITAL_SIGNATURE | KEY_ENCIPHERMENT }, 'card.wrong_key_usage'],
  ['wrong-extended-key-usage', {}, 'card.wrong_extended_key_usage'],
  ['cps', { extendedKeyUsage: [] }, 'card.wrong_extended_key_usage'],
  ['wrong-type', {}, 'card.wrong_type'],
  ['unknown-type', {}, 'card.wrong_type'],
  ['cps', { cardType: null }, 'card.wrong_type'],
  ['cps', { authority: 'standard' }, 'card.wrong_type'],
  ['cpe', { authority: 'fort' }, 'card.wrong_type'],
  ['cps', { authority: 'racineFort' }, 'card.unknown_issuer'],
  ['cps', { nationalId: '2370000481' }, 'card.national_id_ended'],
  ['cps', { nationalId: '9123' }, 'card.national_id_ended'],
  ['cps', { nationalId: '899700366241', upn: null }, 'card.no_national_id'],
  ['cps', { order: ['SN', 'GN'] }, 'card.no_national_id'],
  ['cps', { upn: '8.99700367909@carte-cps.fr' }, 'card.upn_mismatch'],
  ['cps', { order: ['CN', 'SN'] }, 'card.no_name'],
  ['expired', {}, 'card.expired'],
  ['not-yet-valid', {}, 'card.not_yet_valid'],
];

describe('Acceptance of cards', () => {
  for (const [kind, options, code] of TABLE) {
    const changes = Object.keys(options).length === 0 ? '' : ` with ${JSON.stringify(options)}`;
    it(`${code === null ? 'accepts' : `refuses with ${code}:`} ${kind}${changes}`, async () => {
      expect(await codeOf(kind, options)).to.equal(code);
    });
  }

  it('has a sentence for each code of the table', () => {
    const codes = TABLE.map(([, , code]) => code).filter(code => code !== null);
    expect(cardSentences).to.include.all.keys(codes);
  });

  it('gives the identity that a request for an account is filled in with', async () => {
    const judge = (await acceptance()).judge;
    const doctor = judge((await tests.issue('cps')).certificate.der);
    expect(doctor).to.deep.include({
      ok: true,
      nationalId: '899700366240',
      identity: {
        nationalIds: ['899700366240'],
        familyName: 'DUPONT',
        givenName: 'CLAIRE',
        profession: '10',
      },
    });
    const secretary = judge((await tests.issue('cpe', { order: ['GN', 'CN', 'SN'] })).certificate.der);
    expect(secretary.ok && secretary.identity).to.deep.equal({
      nationalIds: ['3370000481/SM0042'],
      familyName: 'MARTIN',
      givenName: 'SOPHIE',
      finess: '370000481',
      organisationName: 'CHU BRETONNEAU',
    });
  });

  it('takes the profession from the title when the extension is missing', async () => {
    const { der } = (await tests.issue('cps', { profession: null, title: 'Pharmacien' })).certificate;
    const judgement = (await acceptance()).judge(der);
    expect(judgement.ok && judgement.identity.profession).to.equal('21');
  });

  it('gives a renewed card the identity of the one before', async () => {
    const judge = (await acceptance()).judge;
    const [one, other] = [await tests.issue('cps'), await tests.issue('cps')].map(card =>
      judge(card.certificate.der),
    );
    expect(one?.ok && other?.ok && one.nationalId === other.nationalId).to.equal(true);
    expect(one?.certificate?.serial).to.not.equal(other?.certificate?.serial);
  });

  it('gives the same identity whatever the order of the attributes', async () => {
    const judge = (await acceptance()).judge;
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(['SN', 'GN', 'CN'] as const, { minLength: 3 }), async order => {
        const judgement = judge((await tests.issue('cps', { order })).certificate.der);
        expect(judgement.ok && judgement.identity.nationalIds).to.deep.equal(['899700366240']);
      }),
      { numRuns: 12 },
    );
  });

  it('accepts no certificate with one octet changed, and never throws', async () => {
    const { judge } = await acceptance();
    const { der } = (await tests.issue('cps')).certificate;
    expect(judge(der).ok).to.equal(true);
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const changed = Uint8Array.from(der);
        changed[at] = (changed[at] ?? 0) ^ mask;
        return !judge(changed).ok;
      }),
      { numRuns: 300 },
    );
  });

  it('accepts one spelling of a signature only', async () => {
    const { judge } = await acceptance();
    // The octet that counts the unused bits of the signature is not signed: it stands before the last 256 octets.
    for (let found = 0; found < 3;) {
      const { der } = (await tests.issue('cps')).certificate;
      if (((der.at(-1) ?? 1) & 1) === 1) continue;
      found += 1;
      const respelt = Uint8Array.from(der);
      respelt[der.length - 257] = 1;
      expect(judge(respelt)).to.deep.equal({ ok: false, code: 'card.unreadable' });
    }
  });

  it('refuses a critical extension that it does not understand', async () => {
    const condition = new Extension('1.2.250.1.71.1.2.99', true, new Uint8Array([5, 0]));
    expect(await codeOf('cps', { moreExtensions: [condition] })).to.equal('card.unknown_extension');
  });

  it('refuses weak keys', async () => {
    const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]) };
    const holder = await subtle.generateKey({ ...rsa, modulusLength: 1024 }, true, ['sign', 'verify']);
    expect(await codeOf('cps', { holder })).to.equal('card.weak_signature');
  });

  it('refuses the cards of an authority that is itself past its end', async () => {
    const later = createShiftedClock();
    later.advance(6 * YEAR_SECONDS);
    const { certificate } = await tests.issue('cps', { notAfterMs: later.nowMs() + 1000 * YEAR_SECONDS });
    const judgement = (await acceptance(tests, 'demo', later)).judge(certificate.der);
    expect(judgement).to.include({ ok: false, code: 'card.authority_not_valid' });
  });

  it('in production accepts real cards, and neither test cards nor cards of test authorities', async () => {
    const { judge } = await acceptance(real, 'production');
    const code = (judgement: ReturnType<typeof judge>) => (judgement.ok ? null : judgement.code);
    expect(code(judge((await real.issue('cps')).certificate.der))).to.equal(null);
    expect(code(judge((await real.issue('cps', { category: 0x80 })).certificate.der))).to.equal(
      'card.test_card',
    );
    expect(code(judge((await tests.issue('cps')).certificate.der))).to.equal('card.test_card');
  });

  it('does not accept real cards where only the test authorities are trusted', async () => {
    const judgement = (await acceptance()).judge((await real.issue('cps')).certificate.der);
    expect(judgement).to.include({ ok: false, code: 'card.unknown_issuer' });
  });
});

describe('The configured authorities', () => {
  const pem = async (...names: readonly Parameters<typeof tests.authority>[0][]) => {
    const all = await Promise.all(names.map(name => tests.authority(name)));
    return all.map(({ certificate }) => certificate.toString('pem')).join('\n');
  };
  const problemOf = async (text: string, mode: 'demo' | 'production' = 'demo') => {
    const anchors = readAnchors(text, mode);
    return anchors.ok ? null : anchors.problem;
  };

  it('are read in any order', async () => {
    const anchors = readAnchors(await pem('standard', 'racineStandard', 'fort', 'racineFort'), 'demo');
    expect(anchors.ok && anchors.issuers.map(({ branch }) => branch)).to.deep.equal(['standard', 'fort']);
  });

  it('are refused when one of them must never stand there', async () => {
    expect(await problemOf(await pem('racineElementaire', 'elementaire'))).to.equal('no_card_issuer');
    expect(await problemOf(await pem('racineFort', 'fort', 'elementaire'))).to.equal('no_card_issuer');
    expect(await problemOf(await pem('racineFort'))).to.equal('no_card_issuer');
    expect(await problemOf(await pem('gipCps'))).to.equal('no_card_issuer');
    expect(await problemOf(await pem('racineFort', 'fort'), 'production')).to.equal('test_in_production');
    expect(await problemOf((await tests.issue('cps')).certificate.pem)).to.equal('no_authority');
  });

  it('are refused without the root that signed them', async () => {
    expect(await problemOf(await pem('fort'))).to.equal('no_root');
    expect(await problemOf(await pem('fort', 'racineStandard'))).to.equal('no_root');
  });

  it('are refused when nothing can be read', async () => {
    expect(await problemOf('')).to.equal('none');
    const broken = (await pem('racineFort')).replace(/^MII[\s\S]{30}/mu, 'AAAA');
    expect(await problemOf(broken)).to.equal('unreadable');
  });
});
