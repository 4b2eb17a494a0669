/**
 * The interoperability leg: starts the service, lets clients that we did not write sign in unmodified, and ends it.
 * `openid-client` (Node) always; Authlib (Python) with the machine's /usr/bin/python3, which must have
 * `python3-authlib` and `python3-requests`. Then the back ends of the integrator's guide (guards/) in Node, Java 17 and
 * PHP 8 open a record and are refused another. Prints `N passed, N failed`; exits 1 when one failed or could not run.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { startDemoInstance } from './demo-instance.ts';

const REDIRECT_URI = 'http://localhost:9/callback';
const POST_LOGOUT_REDIRECT_URI = 'http://localhost:9/signed-out';
const interop = {
  client_id: 'interop',
  name: 'Interopérabilité',
  client_secret: 'interop-2f7c19e80ad54b36',
  redirect_uris: [REDIRECT_URI],
  post_logout_redirect_uris: [POST_LOGOUT_REDIRECT_URI],
  network: 'cancerologie',
  minimum_acr: 'urn:trousseau:acr:code',
  scopes: ['openid', 'profile', 'email', 'offline_access'],
};

const instance = await startDemoInstance({ applications: [interop] });
const target = {
  issuer: instance.issuer,
  outboxUrl: instance.outboxUrl,
  demoFile: path.join(instance.dataDir, 'demo.json'),
  clientId: interop.client_id,
  clientSecret: interop.client_secret,
  redirectUri: REDIRECT_URI,
  postLogoutRedirectUri: POST_LOGOUT_REDIRECT_URI,
  service: {
    clientId: 'dcc-batch',
    clientSecret: instance.clients['dcc-batch'],
    scope: 'access:evaluate',
  },
  acr: 'urn:trousseau:acr:code',
};

let [passed, failed] = [0, 0];
try {
  const legs = [
    [process.execPath, 'interop.ts', { login: 'claire.dupont', password: 'Trousseau-2026!' }],
    ['/usr/bin/python3', 'interop-authlib.py', { login: 'marc.lefevre', password: 'Trousseau-2026!' }],
    [process.execPath, 'guards.ts', { login: 'claire.dupont', password: 'Trousseau-2026!' }],
  ];
  for (const [program, script, person] of legs) {
    const output = await run(program, script, { ...target, person });
    const counts = /^(\d+) passed, (\d+) failed$/mu.exec(output);
    passed += Number(counts?.[1] ?? 0);
    // A leg that ended without its counts is a failure, not silence.
    failed += counts === null ? 1 : Number(counts[2]);
    process.stdout.write(output.replace(/^\d+ passed, \d+ failed\n/mu, ''));
  }
} finally {
  await instance.stop();
}
if (failed > 0) console.log(`--- log of the service\n${instance.log()}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/** Everything that the script printed. */
function run(program, script, settings) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [path.join(import.meta.dirname, script)], {
      env: { ...process.env, INTEROP_TARGET: JSON.stringify(settings) },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 300_000,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += String(chunk)));
    child.once('error', reject).once('close', () => resolve(output));
  });
}
