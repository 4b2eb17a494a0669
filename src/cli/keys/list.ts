import { createPatientKeyRing } from '#access/index.ts';
import { backupPublicKey, countSeals } from '#operation/index.ts';
import { createSigningKeys, oidcSection } from '#oidc/index.ts';
import { DONE, FAILED, type CommandContext } from '../command.ts';
import { withRows } from '../rows.ts';
import { sealingKeys } from '../sealing-keys.ts';
import { withServices } from '../services.ts';

const dateOf = (epochSeconds: number): string => new Date(epochSeconds * 1000).toISOString();

/** Which keys there are, and how much each seals still. Fails when something is sealed with a key that is not at hand. */
export async function listKeys(context: CommandContext): Promise<number> {
  const { output } = context;
  const lost = await withRows(context, async (rows, sealer) => {
    const counts = await countSeals(rows, sealer);
    const valuesOf = (id: string): number => counts.find(({ keyId }) => keyId === id)?.values ?? 0;
    for (const id of sealer.keyIds)
      output.out(`seal ${id}: ${id === sealer.keyId ? 'seals' : 'opens'}, ${valuesOf(id)} values`);
    const missing = counts.filter(({ keyId }) => !sealer.keyIds.has(keyId));
    for (const { keyId, values, collections } of missing)
      output.err(`seal ${keyId}: NOT at hand, ${values} values cannot be read (${collections.join(', ')})`);
    return missing;
  });
  const [newest] = await sealingKeys(context.config());
  output.out(`backups are signed by\n${backupPublicKey(newest).trim()}`);
  // The keys in the store may be among what cannot be read.
  if (lost.length > 0) return FAILED;
  return withServices(context, async services => {
    const { retiredKeySeconds } = services.config.of(oidcSection);
    const tokens = createSigningKeys({ ...services, retiredSeconds: retiredKeySeconds });
    for (const { kid, isSigning, publishedAt, retiredAt } of await tokens.list()) {
      const state = isSigning ? 'signs' : retiredAt === undefined ? 'will sign' : 'only verifies';
      const until = retiredAt === undefined ? '' : ` until ${dateOf(retiredAt)}`;
      output.out(`tokens ${kid}: since ${dateOf(publishedAt)}, ${state}${until}`);
    }
    for (const { version, createdAt, waiting, isRetired } of await createPatientKeyRing(services).versions())
      output.out(
        `patients pk${version}-: since ${dateOf(createdAt)}, ${isRetired ? 'retired' : `${waiting} keys wait`}`,
      );
    output.out(`the audit log is signed by\n${(await services.audit.publicKey()).trim()}`);
    return DONE;
  });
}
