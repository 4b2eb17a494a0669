import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type PolicyFile =
  'model.conf' | 'policy.csv' | 'reasons.csv' | 'grants.csv' | 'acts.csv' | 'cases.json';

/** A copy of `policies/` that a test may spoil. */
export interface PolicyFolder {
  readonly path: string;
  edit(file: PolicyFile, change: (text: string) => string): Promise<void>;
  remove(): Promise<void>;
}

export async function copyPolicies(): Promise<PolicyFolder> {
  const path = await mkdtemp(join(tmpdir(), 'trousseau-policies-'));
  await cp('policies', path, { recursive: true });
  return {
    path,
    async edit(file, change) {
      await writeFile(join(path, file), change(await readFile(join(path, file), 'utf8')));
    },
    remove: () => rm(path, { recursive: true }),
  };
}
