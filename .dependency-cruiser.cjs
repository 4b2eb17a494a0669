/**
 * The direction of imports (docs/architecture.md §2). Each module names what it may import; everything else is a
 * violation. A module is entered by its index.ts only, and each third-party package has one owner.
 */
const below = {
  kernel: [],
  config: ['kernel'],
  http: ['kernel', 'config'],
  store: ['kernel', 'config'],
  audit: ['kernel', 'config', 'store'],
  jobs: ['kernel', 'config', 'store', 'audit'],
  notify: ['kernel', 'config', 'http', 'store', 'audit', 'jobs'],
  directory: ['kernel', 'config', 'http', 'store', 'audit', 'notify', 'jobs'],
};
below.texts = [...below.directory, 'directory'];
below.accounts = [...below.texts, 'texts'];
below.methods = [...below.accounts, 'accounts'];
below.signin = [...below.methods, 'methods'];
below.oidc = [...below.signin, 'signin'];
below.access = [...below.texts, 'texts'];
below.region = [...below.accounts, 'accounts'];
// People's pages and acts: they read the kinds of means and the guard, never the tokens. Requests are asked for in
// `enrolment/`, which knows nothing of those who treat them in `admin/`.
below.enrolment = [...below.signin, 'signin', 'access'];
below.admin = [...below.enrolment, 'enrolment'];
below.forgotten = below.oidc;
below.tracing = ['kernel', 'config', 'http'];
// The whole of the data, whatever it is about: it knows collections by their names.
below.operation = ['kernel', 'config', 'store', 'audit'];
below.portal = [...below.oidc, 'oidc', 'access'];

const packageOwners = {
  'oidc-provider': 'src/oidc/',
  'openid-client': 'src/methods/pro-sante-connect/',
  jose: 'src/(oidc|methods/pro-sante-connect)/',
  casbin: 'src/access/engine/',
  mongoose: 'src/store/mongo/',
  mongodb: 'src/store/mongo/',
  nodemailer: 'src/notify/channels/',
  eta: 'src/(http|notify)/',
  'prom-client': 'src/http/',
  '@fastify/busboy': 'src/http/',
  otplib: 'src/methods/totp/',
  uqr: 'src/methods/totp/',
  '@simplewebauthn/server': 'src/methods/passkey/',
  pngjs: 'src/admin/logos/',
  'jpeg-js': 'src/admin/logos/',
  'csv-parse': 'src/admin/(files|reference)/',
  fflate: 'src/admin/(files/sheets|requests)/',
  saxes: 'src/admin/files/sheets/',
  '@peculiar/x509': 'src/methods/card/',
  'reflect-metadata': 'src/methods/card/',
  // Nothing of the product: the test PKI in scripts/ has them.
  asn1js: 'scripts/',
  pkijs: 'scripts/',
  'node:sqlite': 'src/store/sqlite/',
};

module.exports = {
  forbidden: [
    ...Object.entries(below).map(([module, allowed]) => ({
      name: `${module}-imports-only-what-lies-below`,
      severity: 'error',
      from: { path: `^src/${module}/` },
      to: { path: '^src/', pathNot: `^src/(${[module, ...allowed].join('|')})/` },
    })),
    {
      name: 'a-module-is-entered-by-its-index',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/([^/]+)/', pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$'] },
    },
    {
      name: 'the-root-enters-modules-by-their-index',
      severity: 'error',
      from: { path: '^(src/[^/]+\\.ts$|src/cli/)' },
      to: { path: '^src/[^/]+/', pathNot: ['^src/cli/', '^src/[^/]+/index\\.ts$'] },
    },
    ...Object.entries(packageOwners).map(([name, owner]) => ({
      name: `${name.replace(':', '-')}-has-one-owner`,
      severity: 'error',
      from: { path: '^src/', pathNot: `^${owner}` },
      to: {
        path: name.startsWith('node:') ? `^${name}$|^${name.slice(5)}$` : `^(node_modules/)?${name}(/|$)`,
      },
    })),
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'every-module-has-its-place',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/(cli|${Object.keys(below).join('|')})/` },
      to: {},
    },
    {
      name: 'scripts-serve-the-demonstration-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/demonstration\\.ts$' },
      to: { path: '^scripts/' },
    },
    {
      // An installation need not have `scripts/` (the image has none): a static import would keep it from starting.
      name: 'the-demonstration-is-loaded-on-demand',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/demonstration\\.ts$', dynamic: false },
    },
    { name: 'resolvable', severity: 'error', from: { path: '^src/' }, to: { couldNotResolve: true } },
    { name: 'no-tests-in-the-product', severity: 'error', from: { path: '^src/' }, to: { path: '^test/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
