import { coreSection, type Config } from '#config/index.ts';
import type { Logger } from 'pino';
import { createApp, type App } from '../app.ts';
import { createLogger } from '../logger.ts';
import { DONE, type Command } from './command.ts';
import type { Output } from './output.ts';
import { becomeSoleServer } from './sole-server.ts';

/** Serves until SIGTERM or SIGINT; then drains. One server per data folder. */
export const serve: Command = async ({ config: read, output }) => {
  const config = read();
  const sole = becomeSoleServer(config);
  try {
    return await serveUntilTold(config, output);
  } finally {
    sole.release();
  }
};

async function serveUntilTold(config: Config, output: Output): Promise<number> {
  const core = config.of(coreSection);
  const logger = createLogger(core.logLevel);
  logger.info({ mode: config.mode, because: config.modeBecause, given: config.given }, 'starting');
  for (const warning of config.warnings) logger.warn(warning, 'configuration: others may read a secret');
  // Loaded in a demonstration only: it lives in `scripts/`, which an installation need not have.
  const demo = config.mode === 'demo' ? await import('../demonstration.ts') : undefined;
  const surroundings = await demo?.prepareDemonstration(config, logger);
  try {
    const app = await createApp({ config, logger });
    // Listened for from now on: whoever stops a service that is just starting gets the same orderly end.
    const told = new Promise<NodeJS.Signals>(resolve => {
      for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, resolve);
    });
    await startWithRegion(app, config, logger);
    const demonstration = surroundings && (await demo?.startDemonstration(app, surroundings, logger));
    output.out(demonstration?.welcome ?? `serving ${core.issuer}`);

    const signal = await told;
    logger.info({ signal }, 'stopping');
    await demonstration?.close();
    await app.stop();
    return DONE;
  } finally {
    await surroundings?.close();
  }
}

async function startWithRegion(app: App, config: Config, logger: Logger): Promise<void> {
  const { regionFile } = config.of(coreSection);
  try {
    const isOwnRegion = config.given.includes('TROUSSEAU_REGION_FILE');
    // The demonstration's own region goes into an empty data folder only: what was changed since stays.
    if (regionFile !== undefined && (isOwnRegion || (await app.isEmpty()))) {
      const report = await app.region.importFile(regionFile, { dryRun: false });
      for (const row of report.rows) {
        if (row.outcome === 'refuse') logger.warn(row, 'region: row refused');
        else if (row.warnings) logger.warn(row, 'region: row doubted');
      }
      logger.info(report.counts, 'region imported');
    }
    await app.start();
  } catch (error) {
    await app.stop();
    throw error;
  }
}
