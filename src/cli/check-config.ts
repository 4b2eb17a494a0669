import path from 'node:path';
import { ConfigError, coreSection, findFolderProblem, type Config, type Problem } from '#config/index.ts';
import { cardSection, readCardFiles } from '#methods/index.ts';
import { findUnreadable } from '#region/index.ts';
import { DONE, type Command } from './command.ts';

/**
 * Says every problem of the settings, of the files that they name and of the folders that must be written in. Makes
 * nothing, and opens no store: a right address may still lead to a store that is down.
 */
export const checkConfig: Command = async ({ config, output }) => {
  const loaded = config();
  const { issuer } = loaded.of(coreSection);
  const problems = [...folderProblems(loaded), ...(await regionProblems(loaded)), ...cardProblems(loaded)];
  if (problems.length > 0) {
    throw new ConfigError(problems, `mode ${loaded.mode} (${loaded.modeBecause})`);
  }
  output.out(`configuration: valid, mode ${loaded.mode} (${loaded.modeBecause}), issuer ${issuer}`);
  for (const { setting, given, expected } of loaded.warnings)
    output.out(`warning: \`${setting}\`: ${given}; expected ${expected}`);
  output.out(`settings given: ${loaded.given.join(', ') || 'none'}`);
  return DONE;
};

function folderProblems(config: Config): readonly Problem[] {
  const { dataDir, storeUrl } = config.of(coreSection);
  const folders = [{ setting: 'TROUSSEAU_DATA_DIR', folder: dataDir }];
  if (storeUrl.startsWith('sqlite:')) {
    const folder = path.dirname(path.resolve(storeUrl.slice('sqlite:'.length)));
    folders.push({ setting: 'TROUSSEAU_STORE_URL', folder });
  }
  return folders.flatMap(({ setting, folder }) => {
    const given = findFolderProblem(folder);
    return given === undefined
      ? []
      : [{ setting, given, expected: 'a folder that the service may write in' }];
  });
}

/** What the start would say of the files of the card host. */
function cardProblems(config: Config): readonly Problem[] {
  try {
    readCardFiles(config.of(cardSection), { mode: config.mode, url: config.of(coreSection).cardUrl });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

async function regionProblems(config: Config): Promise<readonly Problem[]> {
  const { regionFile } = config.of(coreSection);
  if (regionFile === undefined) return [];
  const unreadable = await findUnreadable(regionFile);
  return unreadable.map(given => ({
    setting: 'TROUSSEAU_REGION_FILE',
    given,
    expected: 'a region file whose own files are there',
  }));
}
