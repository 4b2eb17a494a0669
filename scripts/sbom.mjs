// `npm run --silent sbom`: the packages that an installation needs, as CycloneDX. npm lists all of them; what serves the
// development only is taken out here, by the lock file, because `npm sbom --omit dev` also leaves out packages that
// something of the development needs too (npm 11.19: nodemailer, by smtp-server).
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));

const npm = spawnSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 2 ** 28,
});
if (npm.status !== 0) {
  process.stderr.write(npm.stderr || String(npm.error));
  process.exit(1);
}
const bom = JSON.parse(npm.stdout);

const needed = new Set(
  Object.entries(packages)
    .filter(([, { dev }]) => dev !== true)
    .map(([place, { version }]) => `${place.split('node_modules/').at(-1)}@${version}`),
);
bom.components = bom.components.filter(one => needed.has(one['bom-ref']));
const kept = new Set([bom.metadata.component['bom-ref'], ...bom.components.map(one => one['bom-ref'])]);
bom.dependencies = bom.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter(one => kept.has(one)) }));
process.stdout.write(`${JSON.stringify(bom, null, 2)}\n`);
