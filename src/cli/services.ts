import { coreSection } from '#config/index.ts';
import { systemClock } from '#kernel/index.ts';
import { createLogger } from '../logger.ts';
import { openServices, type Services } from '../services.ts';
import type { CommandContext } from './command.ts';

/** Opens the data for one command, and closes it whatever happens. */
export async function withServices(
  context: CommandContext,
  run: (services: Services) => Promise<number>,
): Promise<number> {
  const config = context.config();
  const services = await openServices({
    config,
    clock: systemClock,
    logger: createLogger(
      config.of(coreSection).logLevel === 'info' ? 'warn' : config.of(coreSection).logLevel,
    ),
  });
  try {
    return await run(services);
  } finally {
    await services.close();
  }
}
