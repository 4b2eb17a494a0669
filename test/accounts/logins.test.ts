import { expect } from 'chai';
import fc from 'fast-check';
import { createAccounts, isLogin, loginOf } from '#accounts/index.ts';
import { isAppError } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import { openWorld, SETTINGS, type World } from './world.ts';

/** A store that dies between the reservation of a login and its account. */
function refusingAccounts(store: Store): Store {
  return {
    ...store,
    collection(spec) {
      const collection = store.collection(spec);
      if (spec.name !== 'accounts') return collection;
      return { ...collection, insert: () => Promise.reject(new Error('the process died')) };
    },
  };
}

describe('logins', () => {
  it('are made from the names', () => {
    const made: readonly [string, string, string, string][] = [
      ['Claire', 'Dupont', 'claire.dupont', 'cdupont'],
      ['Jean-Pierre', 'Müller', 'jean-pierre.muller', 'jmuller'],
      ['Jean Pierre', 'Durand', 'jean-pierre.durand', 'jdurand'],
      ['Jean', 'd’Alembert', 'jean.dalembert', 'jdalembert'],
      ['Jean', "D'ALEMBERT", 'jean.dalembert', 'jdalembert'],
      ['Charles', 'de Gaulle', 'charles.de-gaulle', 'cdegaulle'],
      ['Anne', 'Le Goff', 'anne.le-goff', 'alegoff'],
      ['Éloïse', 'Saint-Exupéry', 'eloise.saint-exupery', 'esaintexupery'],
      ['François', 'Œuvrard', 'francois.oeuvrard', 'foeuvrard'],
      ['Łukasz', 'Strauß', 'lukasz.strauss', 'lstrauss'],
      ['  Zoé ', ' N’Diaye--Ba ', 'zoe.ndiaye-ba', 'zndiayeba'],
      ['Cher', '', 'cher', 'c'],
    ];
    for (const [givenName, familyName, long, short] of made) {
      expect(loginOf({ givenName, familyName }, 'prenom.nom'), long).to.equal(long);
      expect(loginOf({ givenName, familyName }, 'pnom'), short).to.equal(short);
    }
  });

  it('are always plain and short, or refused', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'grapheme' }),
        (givenName, familyName) => {
          try {
            const login = loginOf({ givenName, familyName }, 'prenom.nom');
            expect(login).to.match(/^[a-z0-9][a-z0-9.-]{0,59}$/u);
            expect(isLogin(login)).to.equal(true);
          } catch (error) {
            expect(isAppError(error, 'accounts.login_impossible')).to.equal(true);
          }
        },
      ),
    );
  });

  it('may be imported as other regions write them, without spaces', () => {
    for (const login of ['a', 'AB12345', 'claire.dupont', 'o’neil'.replace('’', "'"), 'claire@chu.example']) {
      expect(isLogin(login), login).to.equal(true);
    }
    for (const login of ['', ' a', 'a b', '.a', 'a.', 'a/b', 'a'.repeat(65)]) {
      expect(isLogin(login), login).to.equal(false);
    }
  });

  describe('are given out', () => {
    let world: World;
    beforeEach(async () => {
      world = await openWorld();
    });
    afterEach(() => world.close());

    const names = { givenName: 'Jean', familyName: 'Martin' };
    const by = { actor: 'system', origin: 'test' };

    it('to fifty homonyms at once, each another', async () => {
      const created = await Promise.all(
        Array.from({ length: 50 }, (_, n) => world.accounts.create({ sub: `acc-${n}`, names, ...by })),
      );
      const logins = new Set(created.map(({ login }) => login));
      expect(logins.size).to.equal(50);
      expect(logins).to.include('jean.martin');
      expect(logins).to.include('jean.martin50');
      expect(await world.accounts.proposeLogin(names)).to.equal('jean.martin51');
    });

    it('once: of fifty who ask for the same login one gets it', async () => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 50 }, (_, n) =>
          world.accounts.create({ sub: `acc-${n}`, names, login: 'jmartin', ...by }),
        ),
      );
      const refused = outcomes.filter(outcome => outcome.status === 'rejected');
      expect(refused).to.have.length(49);
      expect(refused.every(({ reason }) => isAppError(reason, 'accounts.login_taken'))).to.equal(true);
    });

    it('whatever their case and accents', async () => {
      await world.accounts.create({ sub: 'a', names, login: 'Éva.Martin', ...by });
      const again = await world.accounts
        .create({ sub: 'b', names, login: 'eva.martin', ...by })
        .catch((error: unknown) => error);
      expect(isAppError(again, 'accounts.login_taken')).to.equal(true);
      expect(await world.accounts.findByLogin('EVA.MARTIN')).to.have.property('login', 'Éva.Martin');
    });

    it('never again, not even when the first try did not end with an account', async () => {
      const dying = createAccounts({ ...world, settings: SETTINGS, store: refusingAccounts(world.store) });
      const lost = await dying.create({ sub: 'acc-lost', names, ...by }).catch((error: unknown) => error);
      expect(lost).to.be.instanceOf(Error);
      expect((await world.accounts.create({ sub: 'acc-new', names, ...by })).login).to.equal('jean.martin2');
      expect((await world.accounts.create({ sub: 'acc-lost', names, ...by })).login).to.equal('jean.martin');
    });

    it('and a malformed one is refused', async () => {
      const outcome = await world.accounts
        .create({ sub: 'a', names, login: 'jean martin', ...by })
        .catch((error: unknown) => error);
      expect(isAppError(outcome, 'accounts.login_invalid')).to.equal(true);
      expect(await world.accounts.get('a')).to.equal(null);
    });
  });
});
