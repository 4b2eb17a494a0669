import { createPatientKeyRing } from '#access/index.ts';
import { randomId } from '#kernel/index.ts';
import { keyInUse, keyLost, voidLost } from '#operation/index.ts';
import { accountsSection, createHasher, hasherSettings } from '#accounts/index.ts';
import type { Config } from '#config/index.ts';
import { DONE, FAILED, type CommandContext } from '../command.ts';
import { withRows } from '../rows.ts';
import { withServices } from '../services.ts';
import { becomeSoleServer } from '../sole-server.ts';

/**
 * A sealing key is lost: voids what only it opened, so that the service serves again. With every instance stopped.
 * Throws `operation.key_in_use` for a key that is at hand: nothing is lost then.
 */
export async function lostSeal(
  context: CommandContext,
  keyId: string,
  isConfirmed: boolean,
): Promise<number> {
  const config = context.config();
  const sole = isConfirmed ? becomeSoleServer(config) : undefined;
  try {
    return await voidAndRecord(context, config, { keyId, isConfirmed });
  } finally {
    sole?.release();
  }
}

async function voidAndRecord(
  context: CommandContext,
  config: Config,
  { keyId, isConfirmed }: { readonly keyId: string; readonly isConfirmed: boolean },
): Promise<number> {
  const { output } = context;
  const write = isConfirmed ? { passwordHash: await hashOfNobody(config) } : undefined;
  const losses = await withRows(context, async (rows, sealer) => {
    if (sealer.keyIds.has(keyId)) throw keyInUse(keyId);
    return voidLost({ rows, sealer, keyId, ...(write ? { write } : {}) });
  });
  for (const { collection, documents, outcome } of losses)
    output.out(`${collection}: ${documents} documents ${WORDS[outcome]}`);
  const unknown = losses.some(({ outcome }) => outcome === 'unknown');
  if (losses.length === 0) output.out(`nothing is sealed with ${keyId}`);
  if (!isConfirmed || losses.length === 0) return unknown ? FAILED : DONE;
  return withServices(context, async services => {
    const documents = losses.reduce((sum, loss) => sum + loss.documents, 0);
    await services.audit.record(keyLost, {
      actor: 'operator',
      outcome: 'success',
      data: { key: keyId, documents },
    });
    if (losses.some(({ collection }) => collection === 'access_key_secrets')) {
      const version = await createPatientKeyRing(services).rotate();
      output.out(`pk${version}- makes the keys of patients from now on; older keys stay apart from them`);
    }
    for (const line of AFTERWARDS) output.out(line);
    return unknown ? FAILED : DONE;
  });
}

/** Of a password that is forgotten at once: people choose another by the link that is sent to them. */
async function hashOfNobody(config: Config): Promise<string> {
  const hasher = createHasher(hasherSettings(config.of(accountsSection)));
  try {
    return await hasher.hash(randomId(32));
  } finally {
    await hasher.close();
  }
}

const WORDS = {
  removed: 'are worth nothing without it: removed',
  kept: 'stay, without what it sealed',
  unknown: 'are not known to this release: left alone',
};

const AFTERWARDS = [
  'people choose a new password by « Mot de passe oublié », and enrol their means again; calculettes are imported again',
  'applications read the keys of tokens again; webhooks are subscribed again; requests for accounts are made again',
];
