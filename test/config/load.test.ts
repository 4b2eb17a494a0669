import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  ConfigError,
  coreSection,
  defineSection,
  defineSetting,
  duration,
  line,
  loadConfig,
  wholeNumber,
  type Environment,
  type Problem,
} from '#config/index.ts';
import { expect } from 'chai';

const mailSection = defineSection('mail', {
  title: 'Mail',
  settings: {
    password: {
      env: 'TROUSSEAU_MAIL_PASSWORD',
      schema: line(8).optional(),
      description: 'A secret.',
      secret: true,
    },
    retrySeconds: {
      env: 'TROUSSEAU_MAIL_RETRY',
      schema: duration('1s', '1h'),
      default: '5s',
      description: 'A duration.',
    },
    attempts: defineSetting({
      env: 'TROUSSEAU_MAIL_ATTEMPTS',
      schema: wholeNumber(1, 9),
      default: '3',
      description: 'A number.',
      refuse: value => (value === 4 ? 'anything but four' : undefined),
    }),
  },
  check: ({ attempts, retrySeconds }, { mode }) =>
    attempts > 5 && retrySeconds > 60 && mode === 'demo'
      ? [{ setting: 'TROUSSEAU_MAIL_RETRY', given: 'too long', expected: 'less' }]
      : [],
});
const sections = [coreSection, mailSection];
const sealKey = () => randomBytes(32).toString('base64url');

describe('loadConfig', () => {
  let cwd: string;
  beforeEach(async () => {
    cwd = await mkdtemp(path.join(tmpdir(), 'config-'));
  });
  afterEach(() => rm(cwd, { recursive: true }));

  const load = (env: Environment = {}) => loadConfig(sections, env, { cwd });
  const problemsOf = (env: Environment): readonly Problem[] => {
    try {
      load(env);
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
    return [];
  };
  const namesOf = (env: Environment) => problemsOf(env).map(({ setting }) => setting);
  const production = (more: Environment = {}): Environment => ({
    TROUSSEAU_MODE: 'production',
    TROUSSEAU_ISSUER: 'https://connexion.region.example',
    TROUSSEAU_STORE_URL: 'mongodb://db.region.example/trousseau',
    TROUSSEAU_SEAL_KEYS: `k2:${sealKey()},k1:${sealKey()}`,
    ...more,
  });

  describe('the mode', () => {
    it('is demo with nothing given, on loopback, with everything in the data folder', () => {
      const config = load();
      const core = config.of(coreSection);
      expect(config.mode).to.equal('demo');
      expect(core).to.include({
        issuer: 'http://localhost:3000',
        host: '127.0.0.1',
        port: 3000,
        cardPort: 3443,
      });
      expect(core).to.include({ demoDcc: true, demoDccPort: 3001, label: 'demonstration', proxyHops: 0 });
      expect(core).to.include({ dataDir: path.join(cwd, 'data'), storeUrl: 'sqlite:data/trousseau.db' });
      expect(core.regionFile).to.match(/scripts.demo.region\.json$/u);
      expect(core.sealKeys).to.equal(undefined);
    });

    it('stays demo when only ports, folders, the region file and the log are set', () => {
      const config = load({
        TROUSSEAU_PORT: '4000',
        TROUSSEAU_HOST: 'localhost',
        TROUSSEAU_CARD_PORT: '4443',
        TROUSSEAU_DATA_DIR: 'elsewhere',
        TROUSSEAU_DEMO_DCC: 'off',
        TROUSSEAU_REGION_FILE: 'my-region.json',
        TROUSSEAU_LOG_LEVEL: 'warn',
      });
      expect(config.mode).to.equal('demo');
      expect(config.of(coreSection)).to.include({
        issuer: 'http://localhost:4000',
        cardUrl: 'https://localhost:4443',
        storeUrl: 'sqlite:elsewhere/trousseau.db',
        regionFile: path.join(cwd, 'my-region.json'),
        demoDcc: false,
      });
    });

    for (const [name, value] of [
      ['TROUSSEAU_ISSUER', 'http://localhost:3000'],
      ['TROUSSEAU_STORE_URL', 'sqlite:x.db'],
      ['TROUSSEAU_CARD_URL', 'https://localhost:3443'],
      ['TROUSSEAU_SEAL_KEYS_FILE', 'keys'],
    ] as const) {
      it(`is production, and says what is missing, when ${name} is given without a mode`, () => {
        expect(namesOf({ [name]: value })).to.not.be.empty;
      });
    }

    it('accepts an issuer and a store in a demo that is asked for by name', () => {
      const config = load({
        TROUSSEAU_MODE: 'demo',
        TROUSSEAU_ISSUER: 'http://127.0.0.1:9/',
        TROUSSEAU_STORE_URL: 'mongodb://127.0.0.1/demo',
      });
      expect(config.of(coreSection)).to.include({
        issuer: 'http://127.0.0.1:9',
        storeUrl: 'mongodb://127.0.0.1/demo',
      });
    });

    it('refuses an unknown mode', () => {
      expect(namesOf({ TROUSSEAU_MODE: 'demonstration' })).to.include('TROUSSEAU_MODE');
    });
  });

  describe('a demonstration', () => {
    const refusals: Readonly<Record<string, Environment>> = {
      NODE_ENV: { NODE_ENV: 'production' },
      TROUSSEAU_HOST: { TROUSSEAU_HOST: '0.0.0.0' },
      TROUSSEAU_ISSUER: { TROUSSEAU_MODE: 'demo', TROUSSEAU_ISSUER: 'https://connexion.region.example' },
      TROUSSEAU_CARD_URL: { TROUSSEAU_MODE: 'demo', TROUSSEAU_CARD_URL: 'https://carte.region.example' },
    };
    for (const [setting, env] of Object.entries(refusals)) {
      it(`refuses what looks like production: ${setting}`, () => {
        expect(namesOf(env)).to.deep.equal([setting]);
      });
    }

    it('refuses a host that only begins like this machine', () => {
      expect(namesOf({ TROUSSEAU_HOST: '127.0.0.1.region.example' })).to.deep.equal(['TROUSSEAU_HOST']);
    });
  });

  describe('production', () => {
    it('starts with an https issuer, a store and seal keys, the first of which seals', () => {
      const config = load(production());
      expect(config.mode).to.equal('production');
      expect(config.of(coreSection).sealKeys?.map(({ id }) => id)).to.deep.equal(['k2', 'k1']);
      expect(config.of(coreSection)).to.include({ label: 'production', demoDcc: false });
    });

    it('may be a training base', () => {
      expect(load(production({ TROUSSEAU_LABEL: 'formation' })).of(coreSection).label).to.equal('formation');
    });

    it('lists everything that is missing at once', () => {
      expect(namesOf({ TROUSSEAU_MODE: 'production' })).to.have.members([
        'TROUSSEAU_ISSUER',
        'TROUSSEAU_STORE_URL',
        'TROUSSEAU_SEAL_KEYS',
      ]);
    });

    const wrong: Readonly<Record<string, string>> = {
      TROUSSEAU_ISSUER: 'http://connexion.region.example',
      TROUSSEAU_CARD_URL: 'http://carte.region.example',
      TROUSSEAU_SEAL_KEYS: `demo:${sealKey()}`,
      TROUSSEAU_DEMO_DCC: 'on',
      TROUSSEAU_DEMO_PSC: 'on',
      TROUSSEAU_PSC_ISSUER: 'http://psc.region.example',
      TROUSSEAU_LABEL: 'demonstration',
    };
    for (const [setting, value] of Object.entries(wrong)) {
      it(`refuses ${setting} as a demonstration has it`, () => {
        expect(namesOf(production({ [setting]: value }))).to.deep.equal([setting]);
      });
    }

    it('refuses the data folder of a demonstration', async () => {
      await writeFile(path.join(cwd, 'demo-secrets.json'), '{}');
      expect(namesOf(production({ TROUSSEAU_DATA_DIR: '.' }))).to.deep.equal(['TROUSSEAU_DATA_DIR']);
    });

    it('refuses seal keys that are short, not random, unnamed or twice of one name', () => {
      const key = sealKey();
      for (const keys of [
        key,
        `k1:${key.slice(1)}`,
        `k1:${'A'.repeat(43)}`,
        `k1:${key},k1:${key}`,
        `K:${key}`,
      ]) {
        expect(namesOf(production({ TROUSSEAU_SEAL_KEYS: keys })), keys).to.deep.equal([
          'TROUSSEAU_SEAL_KEYS',
        ]);
      }
    });
  });

  describe('where values come from', () => {
    it('reads `.env` in the working folder, and lets the environment win', async () => {
      await writeFile(path.join(cwd, '.env'), 'TROUSSEAU_PORT=4001\nTROUSSEAU_MAIL_ATTEMPTS="2" # why\n');
      const config = load({ TROUSSEAU_PORT: '4002' });
      expect(config.of(coreSection).port).to.equal(4002);
      expect(config.of(mailSection).attempts).to.equal(2);
    });

    it('refuses an unknown name in `.env` too', async () => {
      await writeFile(path.join(cwd, '.env'), 'TROUSSEAU_POTR=4001\n');
      expect(namesOf({})).to.deep.equal(['TROUSSEAU_POTR']);
    });

    it('counts an empty value as none', () => {
      expect(load({ TROUSSEAU_ISSUER: '', TROUSSEAU_PORT: '' }).of(coreSection).port).to.equal(3000);
    });

    it('reads a secret from a file, without its final line break', async () => {
      await writeFile(path.join(cwd, 'secret'), 'from a file\n');
      expect(load({ TROUSSEAU_MAIL_PASSWORD_FILE: 'secret' }).of(mailSection).password).to.equal(
        'from a file',
      );
    });

    it('refuses a secret given twice, a missing file and an empty file', async () => {
      await writeFile(path.join(cwd, 'empty'), '\n');
      const name = 'TROUSSEAU_MAIL_PASSWORD_FILE';
      expect(namesOf({ TROUSSEAU_MAIL_PASSWORD: 'by value', [name]: 'empty' })).to.deep.equal([name]);
      expect(namesOf({ [name]: 'missing' })).to.deep.equal([name]);
      expect(namesOf({ [name]: 'empty' })).to.deep.equal([name]);
    });

    it('has no file variant for what is no secret', () => {
      expect(namesOf({ TROUSSEAU_PORT_FILE: 'x' })).to.deep.equal(['TROUSSEAU_PORT_FILE']);
    });
  });

  describe('the report of problems', () => {
    it('lists all of them at once, across sections', () => {
      const env = {
        TROUSSEAU_PORT: 'http',
        TROUSSEAU_MAIL_ATTEMPTS: '4',
        TROUSSEAU_MAIL_RETRY: '2h',
        TROUSSEAU_X: '1',
      };
      expect(namesOf(env)).to.have.members(Object.keys(env));
    });

    it('runs the rules between settings', () => {
      expect(namesOf({ TROUSSEAU_MAIL_ATTEMPTS: '9', TROUSSEAU_MAIL_RETRY: '2min' })).to.deep.equal([
        'TROUSSEAU_MAIL_RETRY',
      ]);
      expect(namesOf({ TROUSSEAU_CARD_PORT: '3000' })).to.deep.equal(['TROUSSEAU_CARD_PORT']);
    });

    for (const [misspelt, right] of [
      ['TROUSSEAU_ISUER', 'TROUSSEAU_ISSUER'],
      ['TROUSSEAU_SEALKEYS', 'TROUSSEAU_SEAL_KEYS'],
      ['TROUSSEAU_DATADIR', 'TROUSSEAU_DATA_DIR'],
      ['TROUSSEAU_MAIL_PASWORD_FILE', 'TROUSSEAU_MAIL_PASSWORD_FILE'],
      ['TROUSSEAU_SOMETHING_ELSE_ALTOGETHER', undefined],
    ] as const) {
      it(`suggests ${right ?? 'nothing'} for ${misspelt}`, () => {
        expect(problemsOf({ [misspelt]: 'x' })[0]?.suggestion).to.equal(right);
      });
    }

    it('leaves the names of other software alone', () => {
      expect(namesOf({ PATH: '/bin', TROUSSEAUX: 'x', LANG: 'fr' })).to.be.empty;
    });

    it('never shows a value, secret or misplaced', () => {
      const planted = 'hunter2-É-planted';
      const env: Record<string, string> = {
        TROUSSEAU_UNKNOWN: planted,
        NODE_ENV: 'production',
        TROUSSEAU_MODE: 'demo',
      };
      for (const section of sections) {
        for (const { env: name } of Object.values(section.settings)) env[name] ??= `${planted}\u0007`;
      }
      try {
        load(env);
        expect.fail('was accepted');
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        expect(error.code).to.equal('config.invalid');
        expect(error.problems.length).to.be.greaterThan(15);
        expect(`${error.message} ${JSON.stringify(error.problems)} ${error.stack}`).to.not.include('hunter2');
        expect(error.problems.find(({ setting }) => setting === 'TROUSSEAU_PORT')?.given).to.include(
          '18 characters',
        );
      }
    });
  });

  it('refuses a declaration that is made twice', () => {
    expect(() => loadConfig([mailSection, mailSection], {}, { cwd })).to.throw(TypeError);
  });
});
