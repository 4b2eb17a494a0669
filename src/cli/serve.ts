import { setTimeout as delay } from 'node:timers/promises';
import { coreSection, type Config } from '#config/index.ts';
import type { Logger } from 'pino';
import { createApp, type App } from '../app.ts';
import { createLogger } from '../logger.ts';
import { DONE, type Command } from './command.ts';
import type { Output } from './output.ts';
import { AnotherServer, becomeSoleServer } from './sole-server.ts';

/** How long a server that is being stopped may still be there when the next one starts. */
const PATIENCE_MS = 3_000;
const LOOK_EVERY_MS = 250;

/**
 * Serves until SIGTERM or SIGINT; then drains. One server per data folder. With `--until-orphaned` it also ends when the
 * process that started it is gone: npm runs a script in a shell that hands no signal on, so that whoever stops
 * `npm start` would leave the server behind.
 */
export const serve: Command = async ({ config: read, output, args }) => {
  const config = read();
  const sole = await becomePatiently(config);
  try {
    return await serveUntilTold(config, output, args.includes('--until-orphaned'));
  } finally {
    sole.release();
  }
};

async function becomePatiently(config: Config): Promise<{ release(): void }> {
  for (const until = performance.now() + PATIENCE_MS; ; await delay(LOOK_EVERY_MS)) {
    try {
      return becomeSoleServer(config);
    } catch (error) {
      if (!(error instanceof AnotherServer) || performance.now() > until) throw error;
    }
  }
}

/** Resolves to why the service is to stop. */
function toldToStop(untilOrphaned: boolean): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, resolve);
  const parent = process.ppid;
  if (untilOrphaned) setInterval(() => process.ppid !== parent && resolve('orphaned'), LOOK_EVERY_MS).unref();
  return promise;
}

async function serveUntilTold(config: Config, output: Output, untilOrphaned: boolean): Promise<number> {
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
    const told = toldToStop(untilOrphaned);
    let demonstration: { readonly welcome: string; close(): Promise<void> } | undefined;
    await startWithRegion(app, config, logger, async () => {
      demonstration = surroundings && (await demo?.startDemonstration(app, surroundings, logger));
    });
    output.out(demonstration?.welcome ?? `serving ${core.issuer}`);

    logger.info({ because: await told }, 'stopping');
    await demonstration?.close();
    await app.stop();
    return DONE;
  } finally {
    await surroundings?.close();
  }
}

async function startWithRegion(
  app: App,
  config: Config,
  logger: Logger,
  beforeReady: () => Promise<void>,
): Promise<void> {
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
    await app.start({ beforeReady });
  } catch (error) {
    await app.stop();
    throw error;
  }
}
