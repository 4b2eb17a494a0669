/**
 * `keys`: what an operator does about keys at night. Owns the order of the steps, the dry runs and what is said. Does
 * not own any key: those of tokens are `oidc`'s, those of patients `access`'s, the seals the store's.
 */
import { MISUSED, type Command, type CommandContext } from '../command.ts';
import { disclosedSeal, disclosedTokens } from './disclosed.ts';
import { listKeys } from './list.ts';
import { lostSeal } from './lost.ts';
import { reseal } from './reseal.ts';

export const KEYS_USAGE = 'keys [reseal | disclosed tokens | disclosed seal ID | lost seal ID] [--confirm]';

export const keys: Command = async context => {
  const isConfirmed = context.args.includes('--confirm');
  const words = context.args.filter(arg => arg !== '--confirm');
  const [id = ''] = words.slice(2);
  const run = runOf(words, id);
  if (!run || (words.length === 0 && isConfirmed)) {
    context.output.err(`usage: ${KEYS_USAGE}`);
    return MISUSED;
  }
  const code = await run(context, isConfirmed);
  if (!isConfirmed && words.length > 0)
    context.output.out('nothing was changed: this was a dry run; do it with --confirm');
  return code;
};

function runOf(
  words: readonly string[],
  id: string,
): ((context: CommandContext, isConfirmed: boolean) => Promise<number>) | undefined {
  const [act, what] = words;
  if (act === undefined) return listKeys;
  if (act === 'reseal' && words.length === 1) return reseal;
  if (act === 'disclosed' && what === 'tokens' && words.length === 2) return disclosedTokens;
  if (what !== 'seal' || words.length !== 3) return undefined;
  if (act === 'disclosed') return (context, isConfirmed) => disclosedSeal(context, id, isConfirmed);
  if (act === 'lost') return (context, isConfirmed) => lostSeal(context, id, isConfirmed);
  return undefined;
}
