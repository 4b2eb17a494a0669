// `npm test`: types, lint, import direction, generated docs, then every test but the browser's. One command, one verdict.
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
const specs = given.length > 0 ? given : ['test/**/*.test.ts'];
// Types and format remember, by content, what was right in the last run: only what changed since, and what depends on it,
// is checked again. Lint does not: its cache goes by file, and its rules look at the types of other files.
const cache = path.join('node_modules', '.cache');
const incremental = ['--incremental', '--tsBuildInfoFile', path.join(cache, 'types.tsbuildinfo')];
const remembered = [
  '--cache',
  '--cache-strategy',
  'content',
  '--cache-location',
  path.join(cache, 'format.json'),
];
// The checks plant files for a moment (imports), so those who read the whole tree do not run beside that one.
const results = [
  ...(await Promise.all([
    run('types', bin('tsc'), ['--noEmit', ...incremental]),
    run('lint', bin('eslint'), ['.']),
    run('format', bin('prettier'), ['--check', '--log-level', 'warn', ...remembered, '.']),
  ])),
  ...(await Promise.all([
    run('generated docs', node, ['scripts/docs/generate.ts', '--check']),
    run('imports', node, ['scripts/check-imports.mjs']),
  ])),
  await run('tests', bin('mocha'), specs),
];
const failed = results.filter(({ isOk }) => !isOk);
console.log(
  `\nchecks: ${results.length - failed.length} passed, ${failed.length} failed${failed.length ? ` (${failed.map(({ name }) => name).join(', ')})` : ''}`,
);
process.exitCode = failed.length > 0 ? 1 : 0;
