/**
 * `openid-client` 6 against a running Trousseau. Usage: node scripts/interop/interop.ts
 * with a target (see `InteropTarget`) as JSON in the variable INTEROP_TARGET. Prints one line per check, then
 * `N passed, N failed`; exits 1 when one failed.
 */
import { createChecks, type InteropTarget } from './checks.ts';

const target = JSON.parse(process.env.INTEROP_TARGET ?? '{}') as InteropTarget;
let [passed, failed] = [0, 0];
for (const { title, run } of createChecks(target)) {
  try {
    await run();
    passed++;
    console.log(`  ok    openid-client: ${title}`);
  } catch (error) {
    failed++;
    console.log(
      `  FAIL  openid-client: ${title}\n        ${error instanceof Error ? error.stack : String(error)}`,
    );
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
