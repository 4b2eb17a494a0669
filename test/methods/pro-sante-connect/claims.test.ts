import { expect } from 'chai';
import { readPerson } from '../../../src/methods/pro-sante-connect/claims.ts';
import { readFederation } from '../../../src/methods/pro-sante-connect/federation.ts';

const read = (claims: Record<string, unknown>) => readPerson(claims, 'SubjectNameID');

describe('what a provider says of a person', () => {
  it('is read from the shapes of Pro Santé Connect: several exercices and activities, each place once', () => {
    const chu = { numeroFinessSite: '370000481', raisonSocialeSite: 'CHU' };
    const { nationalIds, situations, identity } = read({
      SubjectNameID: '899700366240',
      given_name: 'CLAIRE',
      otherIds: [
        { identifiant: '899700366240', origine: 'RPPS' },
        { identifiant: '0370012345' },
        { identifiant: 'nothing known' },
      ],
      SubjectRefPro: {
        codeCivilite: 'MME',
        exercices: [
          {
            codeProfession: 10,
            codeSavoirFaire: 'SM36',
            nomDexercice: 'Dupont',
            prenomDexercice: 'Claire',
            activities: [chu, { raisonSocialeSite: 'Cabinet des Prébendes' }],
          },
          { codeProfession: '10', codeSavoirFaire: 'SM45', activities: [chu] },
        ],
      },
    });
    expect(nationalIds[0]).to.equal('899700366240');
    expect(nationalIds).to.not.include('nothing known');
    expect(situations.map(({ id }) => id)).to.deep.equal(['finess:370000481', 'place:cabinet des prebendes']);
    expect(identity).to.deep.include({
      familyName: 'Dupont',
      givenName: 'Claire',
      civility: 'MME',
      profession: '10',
      specialties: ['SM36', 'SM45'],
      finess: '370000481',
    });
  });

  it('takes an identifier that is not a number (CPE)', () => {
    expect(read({ SubjectNameID: '3370000481/SM0042' }).nationalIds).to.deep.equal(['3370000481/SM0042']);
  });

  it('leaves out what cannot be read, and never fails', () => {
    const odd: readonly unknown[] = [
      null,
      7,
      'text',
      [],
      {},
      { exercices: {} },
      { exercices: [null, { activities: 7 }] },
    ];
    for (const value of odd) {
      const person = read({
        SubjectNameID: value,
        SubjectRefPro: value,
        otherIds: value,
        SubjectRole: value,
        given_name: value,
      });
      expect(person.nationalIds).to.deep.equal([]);
      expect(person.situations).to.deep.equal([]);
    }
  });
});

describe('the providers of establishments', () => {
  const provider = {
    id: 'chu',
    label: 'CHU',
    issuer: 'https://sso.chu.example',
    client_id: 'trousseau',
    client_secret: 'secret',
    national_id_claim: 'rpps',
    acr: 'urn:trousseau:acr:code',
  };
  const readOne = (change: object = {}) =>
    readFederation(JSON.stringify({ providers: [{ ...provider, ...change }] }))?.[0];

  it('are means of their own, found at the usual place', () => {
    expect(readOne()).to.deep.include({
      id: 'federation-chu',
      codes: 'federation',
      discoveryUrl: 'https://sso.chu.example/.well-known/openid-configuration',
    });
  });

  const wrong: Readonly<Record<string, object>> = {
    'a level of several factors without a condition': { acr: 'urn:trousseau:acr:mfa' },
    'a login without the organisation that it is bounded to': {
      national_id_claim: undefined,
      login_claim: 'uid',
    },
    'two bindings': { login_claim: 'uid', organisation: 'chu' },
    'no binding': { national_id_claim: undefined },
    'no secret': { client_secret: undefined },
    'a certificate without its key': { client_auth: 'tls_client_auth', certificate: 'PEM' },
    'an unknown member': { clientid: 'x' },
    'a level that nobody knows': { acr: 'high' },
    'more than five seconds': { timeout_seconds: 6 },
  };
  for (const [title, change] of Object.entries(wrong))
    it(`are refused with ${title}`, () => void expect(readOne(change)).to.equal(undefined));

  it('are refused twice under one id, and as no JSON', () => {
    expect(readFederation(JSON.stringify({ providers: [provider, provider] }))).to.equal(undefined);
    expect(readFederation('{')).to.equal(undefined);
  });
});
