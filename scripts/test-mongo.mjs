/**
 * `npm run test:mongo`: the contracts and the flows on a MongoDB server: that of TEST_MONGODB_URL, else the stand-in
 * of test/support/mongo-server (built when missing: needs Java 17 and Maven), started on a free loopback port.
 * Further arguments go to mocha. Exits with mocha's code. docs/storage.md says what the stand-in cannot prove.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startStandIn } from '../test/support/mongo-stand-in.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const given = process.env.TEST_MONGODB_URL;
const server = given ? null : await startStandIn();
if (server) console.log(`test:mongo: stand-in at ${server.url} (pid ${server.process.pid})`);
try {
  process.exitCode = await runMocha(given ?? server.url);
} finally {
  server?.process.kill('SIGTERM');
}

function runMocha(url) {
  const patterns = [
    'test/contracts/**/*.test.ts',
    'test/operation/two-instances.endurance.test.ts',
    'test/faults/frozen-store.endurance.test.ts',
    'test/flows/**/*.test.ts',
    'test/store/changes.test.ts',
    // Means of signing in that keep something: what is claimed once must be claimed once there too.
    'test/methods/{factors,passkey,registry,sms,totp}.test.ts',
    'test/methods/card/host.test.ts',
    'test/methods/pro-sante-connect/{logout,provider}.test.ts',
    'test/portal/{contact,factors,leave}.test.ts',
    'test/accounts/{dormancy,expiry-notices}.test.ts',
    'test/forgotten/forgotten.test.ts',
    'test/enrolment/{request,for-somebody,single-use}.test.ts',
    'test/access/emergencies.test.ts',
    'test/access/image.test.ts',
    'test/admin/emergencies.test.ts',
    // Who may open what is found by indexes, and what was collected is never lost.
    'test/access/search/api.test.ts',
    'test/access/consents/history.test.ts',
    'test/admin/matrix.test.ts',
    'test/admin/requests-race.endurance.test.ts',
    'test/security/branches.test.ts',
    'test/audit/sealed/*.test.ts',
  ];
  const specs = patterns.flatMap(pattern => globSync(pattern, { cwd: root }));
  const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
  const options = ['--no-config', '--parallel', '--jobs', '2', '--timeout', '20000', '--forbid-only'];
  const child = spawn(process.execPath, [mocha, ...options, ...process.argv.slice(2), ...specs], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, TEST_MONGODB_URL: url },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  return new Promise(resolve => child.once('exit', code => resolve(code ?? 1)));
}
