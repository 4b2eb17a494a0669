import { coreSection, loadOrCreateDemoSecrets, type Config } from '#config/index.ts';
import type { SealingKey } from '#kernel/index.ts';

/** The keys that seal, the newest first; a demonstration's own, made when there are none. */
export async function sealingKeys(config: Config): Promise<readonly [SealingKey, ...SealingKey[]]> {
  const { sealKeys, dataDir } = config.of(coreSection);
  const [first, ...others] = sealKeys ?? (await loadOrCreateDemoSecrets(dataDir));
  if (!first) throw new TypeError('a ring of keys has a first one');
  return [first, ...others];
}
