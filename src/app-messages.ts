import path from 'node:path';
import { coreSection } from '#config/index.ts';
import type { Clock } from '#kernel/index.ts';
import {
  createMailWordings,
  createNotify,
  createOutbox,
  createReceiptRoutes,
  createSmsWordings,
  loadTemplates,
  notifySection,
  openDemoChannel,
  openMailChannel,
  openSmsChannel,
} from '#notify/index.ts';
import type { Logger } from 'pino';
import { productFolder, type Services } from './services.ts';

/** What sends: the outbox, its channels, and the texts. `close` ends the work of the outbox, then the channels. */
export async function openMessages({
  services,
  clock,
  logger,
}: {
  readonly services: Services;
  readonly clock: Clock;
  readonly logger: Logger;
}) {
  const { config, store, directory } = services;
  const { issuer, label } = config.of(coreSection);
  const settings = config.of(notifySection);
  const outbox = createOutbox({ ...services, clock, logger });
  const demo = config.mode === 'demo' ? openDemoChannel({ store, clock }) : undefined;
  const channelDeps = {
    settings,
    ...(demo ? { demo } : {}),
    write: (line: string) => void process.stderr.write(line),
  };
  const mail = await openMailChannel(channelDeps);
  const mailTemplates = loadTemplates(path.join(productFolder, 'views', 'mail'));
  const wordings = createMailWordings({ store });
  const smsWordings = createSmsWordings({ store });
  const notify = createNotify({
    outbox,
    channels: { email: mail, sms: openSmsChannel({ ...channelDeps, issuer }) },
    smsPrefixes: settings.smsPrefixes,
    templates: mailTemplates,
    wordings,
    smsWordings,
    region: () => directory.region(),
    label,
  });
  return {
    outbox,
    demo,
    mailTemplates,
    wordings,
    smsWordings,
    notify,
    /** Where a gateway tells what became of a text message. */
    receipts: createReceiptRoutes({ issuer, address: settings.smsUrl, outbox }),
    async close() {
      await outbox.close();
      mail.close();
    },
  };
}
