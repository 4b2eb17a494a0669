import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';

const root = path.resolve(import.meta.dirname, '../..');
const PAGES = [
  'SECURITY.md',
  ...['guarantees', 'threat-model', 'operations', 'rgpd', 'accessibilite'].map(name => `docs/${name}.md`),
];

const read = (page: string): string => readFileSync(path.join(root, page), 'utf8');
/** A test that has become long keeps its promise under its longer name. */
const isThere = (file: string): boolean =>
  [file, file.replace('.test.ts', '.endurance.test.ts')].some(name => existsSync(path.join(root, name)));

describe('what is written for those who must trust it', () => {
  for (const page of PAGES) {
    it(`${page} names tests and pages that are there`, () => {
      const text = read(page);
      const tests = text.match(/\btest\/[\w./-]*\w/gu) ?? [];
      expect(tests.filter(file => !isThere(file))).to.deep.equal([]);
      const links = Array.from(
        text.matchAll(/\]\((?<to>[^)#:]+)(?:#[^)]*)?\)/gu),
        ({ groups }) => groups?.['to'] ?? '',
      );
      expect(links.filter(to => !existsSync(path.join(root, path.dirname(page), to)))).to.deep.equal([]);
    });
  }

  it('docs/rgpd.md names settings that there are', () => {
    const settings = read('docs/rgpd.md').match(/TROUSSEAU_[A-Z_]+[A-Z]/gu) ?? [];
    const known = read('docs/configuration.md');
    expect(settings.filter(name => !known.includes(name))).to.deep.equal([]);
  });

  it('npm run sbom lists every package that an installation needs', function () {
    // npm reads the whole tree of packages.
    this.timeout(60_000);
    const { stdout } = spawnSync('npm', ['run', '--silent', 'sbom'], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    const { bomFormat, components } = JSON.parse(stdout) as Bom;
    expect(bomFormat).to.equal('CycloneDX');
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    // `pkg:npm/%40koa/router@15.7.0`: the whole name, scope included.
    const names = components.map(({ purl }) =>
      decodeURIComponent(/^pkg:npm\/(.+)@/u.exec(purl)?.[1] ?? purl),
    );
    expect(Object.keys(dependencies).filter(name => !names.includes(name))).to.deep.equal([]);
    for (const { name, version, licenses } of components) {
      expect(version, name).to.be.a('string');
      expect(licenses, name).to.be.an('array').that.is.not.empty;
    }
  });
});

interface Bom {
  readonly bomFormat: string;
  readonly components: readonly {
    readonly name: string;
    readonly version: string;
    readonly purl: string;
    readonly licenses: unknown[];
  }[];
}
