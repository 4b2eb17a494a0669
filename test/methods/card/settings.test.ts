import { expect } from 'chai';
import { ConfigError, coreSection, loadConfig } from '#config/index.ts';
import { cardSection } from '#methods/index.ts';

const PRODUCTION = {
  TROUSSEAU_MODE: 'production',
  TROUSSEAU_ISSUER: 'https://connexion.region.example',
  TROUSSEAU_STORE_URL: 'sqlite:/nowhere/trousseau.db',
  TROUSSEAU_SEAL_KEYS: `k1:${Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7)).toString('base64url')}`,
};
const CARD = {
  TROUSSEAU_CARD_URL: 'https://carte.region.example',
  TROUSSEAU_CARD_ANCHORS: '/etc/igc.pem',
};
const TLS = { TROUSSEAU_CARD_TLS_CERTIFICATE: '/etc/a.pem', TROUSSEAU_CARD_TLS_KEY: '/etc/a.key' };
const SECRET = { TROUSSEAU_CARD_PROXY_SECRET: 'x'.repeat(32) };

/** The settings that are complained of. */
function problemsOf(env: Readonly<Record<string, string>>): string[] {
  try {
    loadConfig([coreSection, cardSection], { ...PRODUCTION, ...env }, { cwd: '/nowhere' });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ setting }) => setting);
    throw error;
  }
}

describe('the settings of sign-in by card in production', () => {
  it('are none, or whole: TLS of its own, a socket, or an address with a secret', () => {
    const socket = { ...CARD, TROUSSEAU_CARD_PROXY: 'unix:/run/card.sock' };
    const address = { ...CARD, ...SECRET, TROUSSEAU_CARD_PROXY: '10.0.0.7' };
    for (const whole of [{}, { ...CARD, ...TLS }, socket, address])
      expect(problemsOf(whole)).to.deep.equal([]);
  });

  it('refuse half a configuration by the name of what is missing or one too many', () => {
    const { TROUSSEAU_CARD_ANCHORS, TROUSSEAU_CARD_URL } = CARD;
    const halves: readonly [Record<string, string>, string][] = [
      [{ TROUSSEAU_CARD_URL, ...TLS }, 'TROUSSEAU_CARD_ANCHORS'],
      [{ TROUSSEAU_CARD_ANCHORS, ...TLS }, 'TROUSSEAU_CARD_URL'],
      [{ ...CARD, TROUSSEAU_CARD_TLS_KEY: '/etc/a.key' }, 'TROUSSEAU_CARD_TLS_CERTIFICATE'],
      [{ ...CARD, TROUSSEAU_CARD_TLS_CERTIFICATE: '/etc/a.pem' }, 'TROUSSEAU_CARD_TLS_KEY'],
      [{ ...CARD, TROUSSEAU_CARD_PROXY: '10.0.0.7' }, 'TROUSSEAU_CARD_PROXY_SECRET'],
      [{ ...CARD, ...TLS, ...SECRET }, 'TROUSSEAU_CARD_PROXY'],
      [{ ...CARD, ...TLS, TROUSSEAU_CARD_PROXY: 'unix:/run/card.sock' }, 'TROUSSEAU_CARD_TLS_CERTIFICATE'],
      [{ ...CARD, ...TLS, TROUSSEAU_CARD_URL: PRODUCTION.TROUSSEAU_ISSUER }, 'TROUSSEAU_CARD_URL'],
    ];
    for (const [half, name] of halves) expect(problemsOf(half), name).to.deep.equal([name]);
  });
});
