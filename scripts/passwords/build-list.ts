import { readFile, writeFile } from 'node:fs/promises';
import { fold } from '../../src/kernel/index.ts';

/*
 * Makes src/accounts/passwords/common-passwords.txt anew, from two unpacked npm packages that are not dependencies:
 *   npm pack @zxcvbn-ts/language-common@4.1.3 @zxcvbn-ts/language-fr@4.1.2   (then unpack both)
 *   node scripts/passwords/build-list.ts PATH/TO/language-common PATH/TO/language-fr
 * Sources, licences and sizes: docs/adr/0005-passwords.md.
 */

const TARGET = new URL('../../src/accounts/passwords/common-passwords.txt', import.meta.url);

/** Both lists are in order of frequency: the head is what people choose. */
const PASSWORDS = 40_000;
const FRENCH_WORDS = 12_000;
const SHORTEST = 4;

/** What the region's people would choose and no list from elsewhere knows. */
const LOCAL = `
  motdepasse bonjour soleil azerty azertyuiop azertyuiopqsdfghjklm qsdfghjklm wxcvbn printemps automne hiver
  vacances chocolat doudou loulou chouchou cheval toulouse bordeaux marseille bretagne aquitaine normandie
  hopital clinique medecin docteur infirmier infirmiere pharmacien pharmacie secretaire chirurgien cancer
  cancerologie oncologie oncocentre oncobretagne radiotherapie chimiotherapie reseau sante patient patients
  dossier bienvenue provisoire changezmoi changement connexion identifiant utilisateur administrateur
  formation bonjour bonsoir jetaime monamour
`;

const [, , common = '', french = ''] = process.argv;
const passwords = await readList(`${common}/src/passwords.json`);
const words = await readList(`${french}/src/commonWords.json`);
const entries = new Set(
  [...passwords.slice(0, PASSWORDS), ...words.slice(0, FRENCH_WORDS), ...LOCAL.split(/\s+/u)]
    .map(fold)
    .filter(entry => entry.length >= SHORTEST && !/\s/u.test(entry)),
);
await writeFile(TARGET, [...entries].sort().join('\n') + '\n');
console.log(`${entries.size} entries`);

async function readList(file: string): Promise<readonly string[]> {
  const list: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (!Array.isArray(list) || !list.every(entry => typeof entry === 'string')) {
    throw new TypeError(`${file} is no list of words`);
  }
  return list;
}
