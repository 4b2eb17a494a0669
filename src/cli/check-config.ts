import { coreSection } from '#config/index.ts';
import { DONE, type Command } from './command.ts';

/** Opens nothing: a right address may still lead to a store that is down. */
export const checkConfig: Command = async ({ config, output }) => {
  const loaded = config();
  const { issuer } = loaded.of(coreSection);
  output.out(`configuration: valid, mode ${loaded.mode} (${loaded.modeBecause}), issuer ${issuer}`);
  output.out(`settings given: ${loaded.given.join(', ') || 'none'}`);
  return DONE;
};
