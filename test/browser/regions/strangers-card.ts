import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createIgc, importKeyRing, type KeptKeys } from '../../../scripts/demo/igc/index.ts';
import type { CardFile } from '../card-reader.ts';
import type { Newcomer } from './journey.ts';

const PIN = '1234';

type Holder = Pick<Newcomer, 'familyName' | 'givenName' | 'login' | 'rpps'>;

/** A CPS of somebody whom the region does not know, issued by the authorities of the demonstration at `dataDir`. */
export async function issueCard(dataDir: string, who: Holder): Promise<CardFile> {
  const folder = path.join(dataDir, 'igc');
  const { keys } = JSON.parse(await readFile(path.join(folder, 'kept.json'), 'utf8')) as { keys: KeptKeys };
  const card = await createIgc({ keys: importKeyRing(keys) }).issue('cps', {
    nationalId: `8${who.rpps}`,
    familyName: who.familyName.toUpperCase(),
    givenName: who.givenName.toUpperCase(),
    cardNumber: `0002187512751/28${who.rpps.slice(-8)}`,
  });
  const file = path.join(dataDir, `${who.login}.p12`);
  await writeFile(file, await card.p12(PIN, who.login));
  return { file, pin: PIN };
}
