// Checks the direction of imports with dependency-cruiser, and checks the check itself: it fails when nothing was
// cruised (as under a TypeScript that it cannot read), and when a planted violation of each kind passes.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createRequire } from 'node:module';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const root = path.resolve(import.meta.dirname, '..');
process.chdir(root);
const config = createRequire(import.meta.url)('../.dependency-cruiser.cjs');
const tsConfig = extractTSConfig(path.join(root, 'tsconfig.json'));

async function check(paths) {
  const { output } = await cruise(
    paths,
    { ...config.options, ruleSet: { forbidden: config.forbidden }, validate: true },
    config.options.enhancedResolveOptions,
    { tsConfig },
  );
  return output.summary;
}

/** One wrong import per kind of rule; each must be found. */
const planted = [
  [
    'kernel',
    "import { loadConfig } from '#config/index.ts';\nexport const x = loadConfig;\n",
    /kernel-imports/u,
  ],
  ['audit', "import { fold } from '#kernel/text.ts';\nexport const x = fold;\n", /entered-by-its-index/u],
  [
    'http',
    "import { DatabaseSync } from 'node:sqlite';\nexport const x = DatabaseSync;\n",
    /node-sqlite-has-one-owner/u,
  ],
  [
    'signin',
    "import Provider from 'oidc-provider';\nexport const x = Provider;\n",
    /oidc-provider-has-one-owner/u,
  ],
  [
    'portal',
    "import * as client from 'openid-client';\nexport const x = client;\n",
    /openid-client-has-one-owner/u,
  ],
  ['http', "import { jwtVerify } from 'jose';\nexport const x = jwtVerify;\n", /jose-has-one-owner/u],
  [
    'admin',
    "import { oidcSection } from '#oidc/index.ts';\nexport const x = oidcSection;\n",
    /admin-imports/u,
  ],
  [
    'portal',
    "import { startDemoDcc } from '../../../scripts/demo/dcc/index.ts';\nexport const x = startDemoDcc;\n",
    /scripts-serve-the-demonstration-only/u,
  ],
  ['', "import { fold } from '#kernel/index.ts';\nexport const x = fold;\n", /every-module-has-its-place/u],
];

const failures = [];
const real = await check(['src']);
if (real.totalCruised < 40)
  failures.push(`only ${real.totalCruised} modules were cruised: the check sees nothing`);
for (const violation of real.violations) {
  failures.push(`${violation.from} → ${violation.to} (${violation.rule.name})`);
}
for (const [module, text, rule] of planted) {
  const folder = await mkdtemp(path.join(root, 'src', module, 'planted-'));
  try {
    await writeFile(path.join(folder, 'planted.ts'), text);
    const { violations } = await check([path.relative(root, folder)]);
    if (!violations.some(violation => rule.test(violation.rule.name))) {
      failures.push(`a planted violation in ${module}/ passed (${rule})`);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

console.log(
  `imports: ${real.totalCruised} modules, ${real.totalDependenciesCruised} imports, ${planted.length} planted violations`,
);
for (const failure of failures) console.error(`✗ ${failure}`);
process.exitCode = failures.length > 0 ? 1 : 0;
