/** A service in a process of its own, for tests that kill it. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../cli/process.ts';
import { administeredRegion } from './administrators.ts';
import { freePort } from './ports.ts';

export interface ServedRegion {
  readonly issuer: string;
  /** At once, as a machine that loses its power. */
  kill(): Promise<void>;
}

/** Serves `administeredRegion`, ready when this resolves. `data`: settings of its own, store and folder at least. */
export async function serveRegion(
  folder: string,
  data: Readonly<Record<string, string>>,
): Promise<ServedRegion> {
  const regionFile = path.join(folder, 'region.json');
  await writeFile(regionFile, JSON.stringify(administeredRegion()));
  const port = await freePort();
  const server = runCommand(['serve'], {
    TROUSSEAU_MODE: 'demo',
    TROUSSEAU_PORT: String(port),
    TROUSSEAU_CARD_PORT: String(await freePort()),
    TROUSSEAU_REGION_FILE: regionFile,
    TROUSSEAU_DEMO_DCC: 'off',
    TROUSSEAU_DEMO_PSC: 'off',
    TROUSSEAU_LOG_LEVEL: 'error',
    TROUSSEAU_HASH_MEMORY_KIB: '8',
    TROUSSEAU_HASH_PASSES: '1',
    ...data,
  });
  const kill = async () => {
    server.child.kill('SIGKILL');
    await server.ended;
  };
  try {
    await server.said('demonstration');
  } catch (error) {
    await kill();
    throw error;
  }
  return { issuer: `http://localhost:${port}`, kill };
}
