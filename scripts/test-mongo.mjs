/**
 * `npm run test:mongo`: the contracts and the flows on a MongoDB server: that of TEST_MONGODB_URL, else the stand-in
 * of test/support/mongo-server (built when missing: needs Java 17 and Maven), started on a free loopback port.
 * Whole sign-ins and what people do by pages go to two instances in turn (test/support/instances.ts);
 * `npm run test:two-instances` is that part alone. Further arguments go to mocha. Exits with mocha's code.
 * docs/storage.md says what the stand-in cannot prove.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startStandIn } from '../test/support/mongo-stand-in.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** On one instance, or on none: what is about the store itself, or asks one instance within the second of an act on the other. */
const ON_ONE = [
  'test/contracts/**/*.test.ts',
  'test/operation/{install,keys,two-instances}.endurance.test.ts',
  'test/operation/voided.test.ts',
  'test/faults/frozen-store.endurance.test.ts',
  'test/store/changes.test.ts',
  // Means of signing in that keep something: what is claimed once must be claimed once there too.
  'test/methods/{factors,passkey,registry,totp}.test.ts',
  'test/methods/card/host.test.ts',
  'test/methods/pro-sante-connect/{logout,provider}.test.ts',
  'test/accounts/expiry-notices.test.ts',
  'test/enrolment/single-use.test.ts',
  'test/access/emergencies.test.ts',
  'test/access/image.test.ts',
  // Who may open what is found by indexes, and what was collected is never lost.
  'test/access/search/api.test.ts',
  'test/access/consents/history.test.ts',
  'test/admin/matrix.test.ts',
  'test/admin/{mails,requests-late}.test.ts',
  'test/admin/requests-race.endurance.test.ts',
  'test/audit/sealed/*.test.ts',
];

/** Any request on any instance. */
const ON_TWO = [
  'test/flows/**/*.test.ts',
  'test/methods/sms.test.ts',
  'test/portal/{contact,factors,leave}.test.ts',
  'test/accounts/dormancy.test.ts',
  'test/forgotten/forgotten.test.ts',
  'test/enrolment/{request,for-somebody}.test.ts',
  'test/admin/{emergencies,networks}.test.ts',
  'test/security/branches.test.ts',
];

const [first, ...others] = process.argv.slice(2);
const isOfTwoOnly = first === '--two-instances';
const further = isOfTwoOnly ? others : process.argv.slice(2);

const given = process.env.TEST_MONGODB_URL;
const server = given ? null : await startStandIn();
if (server) console.log(`test:mongo: stand-in at ${server.url} (pid ${server.process.pid})`);
try {
  const url = given ?? server.url;
  const onOne = isOfTwoOnly ? 0 : await runMocha(url, ON_ONE, {});
  process.exitCode = (await runMocha(url, ON_TWO, { TEST_INSTANCES: '2' })) || onOne;
} finally {
  server?.process.kill('SIGTERM');
}

function runMocha(url, patterns, settings) {
  const specs = patterns.flatMap(pattern => globSync(pattern, { cwd: root }));
  const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
  const options = ['--no-config', '--parallel', '--jobs', '2', '--timeout', '60000', '--forbid-only'];
  const child = spawn(process.execPath, [mocha, ...options, ...further, ...specs], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...settings, TEST_MONGODB_URL: url },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal));
  return new Promise(resolve => child.once('exit', code => resolve(code ?? 1)));
}
