import path from 'node:path';
import {
  createAccounts,
  createHasher,
  createTerms,
  accountsSection,
  hasherSettings,
  type Accounts,
  type Hasher,
  type Terms,
} from '#accounts/index.ts';
import { auditSection, createAudit, type AuditLog } from '#audit/index.ts';
import { coreSection, loadOrCreateDemoSecrets, makeFolder, type Config } from '#config/index.ts';
import { createDirectory, type Directory } from '#directory/index.ts';
import { createSealer, type Clock, type Sealer } from '#kernel/index.ts';
import { openStore, type OpenedStore } from '#store/index.ts';
import type { Logger } from 'pino';

/** What the server and the commands share: the data and its keepers, without any HTTP. */
export interface Services {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sealer: Sealer;
  readonly store: OpenedStore;
  readonly audit: AuditLog;
  readonly directory: Directory;
  readonly hasher: Hasher;
  readonly accounts: Accounts;
  readonly terms: Terms;
  /** Ends in the reverse order of opening: what was acknowledged is written, the audit chain is covered. */
  close(): Promise<void>;
}

export async function openServices(deps: {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
}): Promise<Services> {
  const { config, clock, logger } = deps;
  const core = config.of(coreSection);
  makeFolder(core.dataDir, 'TROUSSEAU_DATA_DIR');
  const keys = core.sealKeys ?? (await loadOrCreateDemoSecrets(core.dataDir));
  const sealer = createSealer(keys);
  const store = await openStore({ url: core.storeUrl, sealer, clock, logger });
  const audit = createAudit({
    store,
    clock,
    settings: config.of(auditSection),
    dataDir: core.dataDir,
    logger,
  });
  try {
    await audit.start();
  } catch (error) {
    // What was opened would keep the process of a command from ending.
    await store.close();
    throw error;
  }
  const directory = createDirectory({ store, clock });
  const settings = config.of(accountsSection);
  const hasher = createHasher(hasherSettings(settings));
  const accounts = createAccounts({ store, clock, audit, hasher, settings, directory });
  const terms = createTerms({ store, clock, audit });
  return {
    ...deps,
    sealer,
    store,
    audit,
    directory,
    hasher,
    accounts,
    terms,
    async close() {
      await hasher.close();
      await audit.close();
      await store.close();
    },
  };
}

/** The product's own folder: `views/`, `policies/`, `scripts/`. */
export const productFolder = path.resolve(import.meta.dirname, '..');
