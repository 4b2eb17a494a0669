import path from 'node:path';
import { ConfigError, coreSection, makeFolder, type Config } from '#config/index.ts';
import { takeFile } from '#store/index.ts';

/** A server is there already; it may be about to end. */
export class AnotherServer extends ConfigError {}

/**
 * Makes this process the one server of its data folder, and of its SQLite file when that lies elsewhere; commands in
 * other processes go on working beside it. Ends with `release` or with the process, also when it is killed. Throws
 * `config.invalid` when another server is running there. Several servers share a store on MongoDB, each with a data
 * folder of its own.
 */
export function becomeSoleServer(config: Config): { release(): void } {
  const { dataDir, storeUrl } = config.of(coreSection);
  makeFolder(dataDir, 'TROUSSEAU_DATA_DIR');
  const wanted = [{ setting: 'TROUSSEAU_DATA_DIR', file: path.join(dataDir, 'serve.lock') }];
  if (storeUrl.startsWith('sqlite:')) {
    const database = path.resolve(storeUrl.slice('sqlite:'.length));
    makeFolder(path.dirname(database), 'TROUSSEAU_STORE_URL');
    wanted.push({ setting: 'TROUSSEAU_STORE_URL', file: `${database}-serve.lock` });
  }
  const held: { release(): void }[] = [];
  const release = (): void => {
    for (const lock of held) lock.release();
  };
  for (const { setting, file } of wanted) {
    const lock = takeFile(file);
    if (lock === undefined) {
      release();
      const expected = 'one that no other server uses, or the other server stopped first';
      const given = 'data that another server is serving now';
      throw new AnotherServer([{ setting, given, expected }], 'another server is running');
    }
    held.push(lock);
  }
  return { release };
}
