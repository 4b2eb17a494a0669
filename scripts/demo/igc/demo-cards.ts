import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { systemClock, type Clock } from '#kernel/index.ts';
import professions from '../../../src/directory/codes/professions.json' with { type: 'json' };
import { createIgc, type CardKind, type Igc, type IssueOptions } from './index.ts';
import { createKeyRing, exportKeyRing, importKeyRing, type KeptKeys } from './keys.ts';

/** An account of the demo region, as far as a card shows it. */
export interface Holder {
  readonly login?: string;
  readonly given_name: string;
  readonly family_name: string;
  readonly profession?: string;
  readonly national_ids?: readonly string[];
}

export interface DemoOrganisation {
  readonly name: string;
  readonly finess?: string;
}

/** One card of the demonstration, as `data/demo.json` lists it. */
export interface DemoCard {
  /** Within the folder. */
  readonly file: string;
  readonly pin: string;
  /** French: whose card it is, or what is wrong with it. */
  readonly title: string;
  /** The account that it opens; absent when it opens none. */
  readonly login?: string;
  readonly national_id: string;
  /** Of the refusal that it meets; absent when it is accepted. */
  readonly refusal?: string;
}

interface Issued extends DemoCard {
  readonly authority: 'fort' | 'standard';
  readonly serial: string;
}

/** Every demo card has it: fictional people only. */
const PIN = '1234';
const DAY_MS = 24 * 3600 * 1000;
/** A demonstration left running for a month still knows which cards are revoked. */
const LIST_DAYS = 31;

/** A doctor whom the region does not know: her card leads to the request for an account. */
const STRANGER: IssueOptions = {
  nationalId: '899700366778',
  familyName: 'PETIT',
  givenName: 'AGATHE',
  cardNumber: '0002187512751/2800000090',
};

/** Cards that are refused, each for a reason that the page must say. */
const REFUSED: readonly { file: string; title: string; kind: CardKind; refusal: string }[] = [
  { file: 'carte-opposee', title: 'Carte opposée', kind: 'cps', refusal: 'card.revoked' },
  { file: 'carte-expiree', title: 'Carte expirée', kind: 'expired', refusal: 'card.expired' },
  { file: 'carte-de-service', title: 'Carte de service', kind: 'service', refusal: 'card.service_card' },
  {
    file: 'certificat-de-signature',
    title: 'Certificat de signature',
    kind: 'signature',
    refusal: 'card.signature_certificate',
  },
  {
    file: 'certificat-logiciel',
    title: 'Certificat logiciel',
    kind: 'software',
    refusal: 'card.software_certificate',
  },
];

/**
 * Prepares the folder that the card host of a demonstration reads: `anchors.pem`, `host.pem`, `host.key`, `fort.crl`,
 * `standard.crl`, and the cards as `.p12` files. The first start makes the keys and issues everything; later ones
 * keep the cards that a browser may have imported, and renew the lists and the host's certificate.
 */
export async function prepareDemoCards({
  folder,
  holders,
  organisations = [],
  hostNames = ['localhost', '127.0.0.1'],
  clock = systemClock,
}: {
  folder: string;
  holders: readonly Holder[];
  organisations?: readonly DemoOrganisation[];
  hostNames?: readonly string[];
  clock?: Clock;
}): Promise<readonly DemoCard[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const kept = await readKept(folder);
  const keys = kept ? importKeyRing(kept.keys) : createKeyRing();
  // All at once: several are made in the time of one.
  const exported = kept?.keys ?? (await exportKeyRing(keys));
  const igc = createIgc({ clock, keys });
  const cards = kept ? kept.cards : await issueAll(igc, folder, holders, organisations);

  const nextUpdateMs = clock.nowMs() + LIST_DAYS * DAY_MS;
  for (const authority of ['fort', 'standard'] as const) {
    const revoked = cards.filter(card => card.refusal === 'card.revoked' && card.authority === authority);
    const serials = revoked.map(({ serial }) => serial);
    await save(folder, `${authority}.crl`, await igc.crl(authority, serials, { nextUpdateMs }));
  }
  const host = await igc.host(hostNames);
  await save(folder, 'host.key', host.privateKey);
  await save(folder, 'host.pem', host.certificate);
  if (!kept) {
    await save(folder, 'anchors.pem', await igc.anchors());
    // ORDER: last, since it says that the rest is there.
    await save(folder, 'kept.json', JSON.stringify({ keys: exported, cards }));
  }
  return cards.map(({ authority: _authority, serial: _serial, ...card }) => card);
}

interface Kept {
  readonly keys: KeptKeys;
  readonly cards: readonly Issued[];
}

async function readKept(folder: string): Promise<Kept | null> {
  try {
    return JSON.parse(await readFile(path.join(folder, 'kept.json'), 'utf8')) as Kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function issueAll(
  igc: Igc,
  folder: string,
  holders: readonly Holder[],
  organisations: readonly DemoOrganisation[],
): Promise<readonly Issued[]> {
  const cards: Issued[] = [];
  const add = async (
    kind: CardKind,
    options: IssueOptions,
    shown: Pick<DemoCard, 'title' | 'login' | 'refusal'> & { name: string },
  ): Promise<void> => {
    const { name, ...rest } = shown;
    const card = await igc.issue(kind, options);
    const file = `${name}.p12`;
    await save(folder, file, await card.p12(PIN, rest.title));
    cards.push({
      file,
      pin: PIN,
      ...rest,
      national_id: card.nationalId,
      authority: card.authority === 'standard' ? 'standard' : 'fort',
      serial: card.certificate.serial,
    });
  };
  for (const [index, holder] of holders.entries()) {
    const [nationalId] = holder.national_ids ?? [];
    if (holder.login === undefined || nationalId === undefined) continue;
    const cardNumber = `0002187512751/${2_800_000_001 + index}`;
    const { kind, options } = cardOf(holder, nationalId, organisations);
    const title = `${kind.toUpperCase()} de ${holder.given_name} ${holder.family_name}`;
    await add(kind, { ...options, cardNumber }, { name: holder.login, title, login: holder.login });
  }
  await add('cps', STRANGER, { name: 'carte-inconnue', title: 'CPS d’Agathe Petit, sans compte' });
  for (const { kind, file, title, refusal } of REFUSED) await add(kind, {}, { name: file, title, refusal });
  return cards;
}

/** A number of an establishment is on a staff card, the others on a professional's. */
function cardOf(
  { given_name, family_name, profession }: Holder,
  nationalId: string,
  organisations: readonly DemoOrganisation[],
): { kind: CardKind; options: IssueOptions } {
  const person = {
    nationalId,
    familyName: family_name.toLocaleUpperCase('fr'),
    givenName: given_name.toLocaleUpperCase('fr'),
  };
  const [, finess] = /^3([0-9AB]{9})\//u.exec(nationalId) ?? [];
  if (finess === undefined) {
    const code = profession ?? '10';
    const title = (professions.codes as Readonly<Record<string, string>>)[code] ?? code;
    return { kind: 'cps', options: { ...person, title, profession: Number(code) } };
  }
  const organisation = organisations.find(candidate => candidate.finess === finess);
  const organisationName = organisation?.name.toLocaleUpperCase('fr') ?? null;
  return { kind: 'cpe', options: { ...person, finess, organisationName } };
}

/** Whole or not at all: a start that is interrupted leaves no half file behind. */
async function save(folder: string, name: string, content: string | Uint8Array): Promise<void> {
  const file = path.join(folder, name);
  await writeFile(`${file}.new`, content, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
