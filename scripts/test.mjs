// `npm test`: types, lint, import direction, generated docs, then every test that has no leg of its own (README,
// Commands). One command, one verdict, under two minutes.
import { spawn } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
// Compiled code is kept between runs, and shared by the processes that tests start.
const env = {
  ...process.env,
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? path.join(root, 'node_modules/.cache/trousseau'),
};
const bin = name => path.join('node_modules', '.bin', name);

/** Runs a command to its end and keeps what it printed, so that steps side by side do not mix their lines. */
function run(name, command, args) {
  const startedAt = performance.now();
  return new Promise(resolve => {
    const child = spawn(command, args, { cwd: root, env });
    const printed = [];
    child.stdout.on('data', chunk => printed.push(chunk));
    child.stderr.on('data', chunk => printed.push(chunk));
    child.on('error', error => printed.push(Buffer.from(String(error))));
    child.on('close', code => {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      console.log(`\n── ${name} · ${code === 0 ? 'ok' : 'FAILED'} · ${seconds} s`);
      process.stdout.write(Buffer.concat(printed));
      resolve({ name, isOk: code === 0 });
    });
  });
}

const node = process.execPath;
const given = process.argv.slice(2);
const specs = given.length > 0 ? given : ['test/!(admin)/**/*.test.ts'];
// Syntax trees outlive a young generation of the usual size, and are copied again and again: a sixth of the time.
const roomy = '--max-semi-space-size=128';
// ORDER: the check of imports plants files for a moment, so those who read the whole tree come after it. The check of
// types and lint takes one core for a third of the tests' time, so it runs beside them.
const results = [
  ...(await Promise.all([
    run('generated docs', node, ['scripts/docs/generate.ts', '--check']),
    run('imports', node, ['scripts/check-imports.mjs']),
  ])),
  ...(await Promise.all([
    run('types and lint', node, [roomy, 'scripts/check-code.mjs']),
    run('tests', bin('mocha'), specs),
  ])),
];
const failed = results.filter(({ isOk }) => !isOk);
console.log(
  `\nchecks: ${results.length - failed.length} passed, ${failed.length} failed${failed.length ? ` (${failed.map(({ name }) => name).join(', ')})` : ''}`,
);
process.exitCode = failed.length > 0 ? 1 : 0;
