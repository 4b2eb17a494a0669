import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadConfig } from '#config/index.ts';
import type { Clock } from '#kernel/index.ts';
import pino from 'pino';
import { createApp, type App } from '../../../src/app.ts';
import { sections } from '../../../src/sections.ts';

/** The service in this very process, with that region in `folder`; nothing listens. */
export async function openApp(folder: string, clock: Clock, region: object): Promise<App> {
  const regionFile = path.join(folder, 'region.json');
  await writeFile(regionFile, JSON.stringify(region));
  const config = loadConfig(
    sections,
    { TROUSSEAU_MODE: 'demo', TROUSSEAU_DATA_DIR: folder, TROUSSEAU_REGION_FILE: regionFile },
    { cwd: folder },
  );
  const app = await createApp({ config, logger: pino({ level: 'silent' }), clock });
  await app.region.importFile(regionFile, { dryRun: false });
  return app;
}
