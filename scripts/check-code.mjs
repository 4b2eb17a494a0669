// Types and lint over one TypeScript program: `tsc` and `eslint .` would each read every file and work its types out by
// themselves. What is found is what these two find.
import path from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript';

const root = path.resolve(import.meta.dirname, '..');
process.chdir(root);

const formatHost = {
  getCanonicalFileName: name => name,
  getCurrentDirectory: () => root,
  getNewLine: () => '\n',
};
const parsed = ts.getParsedCommandLineOfConfigFile(
  'tsconfig.json',
  {},
  {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic(diagnostic) {
      throw new Error(ts.formatDiagnostic(diagnostic, formatHost));
    },
  },
);
// With links to parents, which lint rules climb; with the comments that `tsc` reads, no more.
const host = ts.createCompilerHost(parsed.options, true);
host.jsDocParsingMode = ts.JSDocParsingMode.ParseForTypeErrors;
const program = ts.createProgram({ rootNames: parsed.fileNames, options: parsed.options, host });

const diagnostics = ts.sortAndDeduplicateDiagnostics([
  ...parsed.errors,
  ...ts.getPreEmitDiagnostics(program),
]);
if (diagnostics.length > 0) process.stdout.write(ts.formatDiagnostics(diagnostics, formatHost));

const eslint = new ESLint({
  cwd: root,
  // A program given takes the place of the one that the parser would make from `project`.
  overrideConfig: {
    files: ['src/**/*.ts', 'test/**/*.ts', 'scripts/**/*.ts'],
    languageOptions: { parserOptions: { programs: [program] } },
  },
});
const results = await eslint.lintFiles(['.']);
const formatter = await eslint.loadFormatter('stylish');
process.stdout.write(await formatter.format(results));

const lintErrors = results.reduce((sum, { errorCount }) => sum + errorCount, 0);
console.log(`types: ${diagnostics.length} errors in ${parsed.fileNames.length} files`);
console.log(`lint: ${lintErrors} errors in ${results.length} files`);
process.exitCode = diagnostics.length > 0 || lintErrors > 0 ? 1 : 0;
