import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';

const root = path.resolve(import.meta.dirname, '..', '..');
const page = readFileSync(path.join(root, 'docs', 'architecture.md'), 'utf8');
const tree = /## 2\. Folders\s+```\n(?<lines>[\s\S]*?)```/u.exec(page)?.groups?.['lines'] ?? '';

/** `  admin/   about it` of the folders under `src/`, with what is said of them. */
const described = new Map(
  Array.from(tree.matchAll(/^ {2}(?<name>[a-z]+)\/ +(?<about>.*)$/gmu), ({ groups }) => [
    groups?.['name'] ?? '',
    groups?.['about'] ?? '',
  ]),
);

describe('docs/architecture.md', () => {
  it('describes every folder of src, and marks as later exactly those that are not there', () => {
    const folders = readdirSync(path.join(root, 'src'), { withFileTypes: true });
    for (const { name } of folders.filter(entry => entry.isDirectory())) {
      expect([...described.keys()], name).to.include(name);
    }
    for (const [name, about] of described) {
      expect(existsSync(path.join(root, 'src', name)), name).to.equal(!about.startsWith('*(later)*'));
    }
  });

  it('marks no package as later that is there', () => {
    const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    // Nothing, once all of them are there.
    const [, later = ''] = /ADR 0002\. \*\(later\)\*: (.*?)\. Embedded/u.exec(page) ?? [];
    const names = later.split(', ').flatMap(part => /^[@a-z][\w@/-]*/u.exec(part)?.[0] ?? []);
    for (const name of names) expect(Object.keys(dependencies)).not.to.include(name);
  });

  it('lists the commands of the command line', () => {
    const main = readFileSync(path.join(root, 'src', 'main.ts'), 'utf8');
    const usages = Array.from(
      main.matchAll(/usage:\s+'(?<name>[a-z-]+)/gu),
      ({ groups }) => groups?.['name'] ?? '',
    );
    const [, listed = ''] = /^ {2}main\.ts +command line: (.*?)(?: · \*\(later\)\*.*)?$/mu.exec(page) ?? [];
    expect(listed.replace(' (default)', '').split(' · ')).to.have.members(usages);
  });
});
