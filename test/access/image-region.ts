import { createDirectory, type Directory } from '#directory/index.ts';
import { systemClock as clock } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import { buildPolicy, type Policy } from '../../src/access/engine/index.ts';
import { createFactsFeed, createFactsImage } from '../../src/access/facts/image/index.ts';
import { createStoreFacts } from '../../src/access/facts/store-facts.ts';
import { ownInquiry, type Inquiry } from '../../src/access/inquiry.ts';
import { createJudge } from '../../src/access/judge.ts';
import { emptyRecord } from '../../src/access/records/changes.ts';
import { keyLinksSpec, recordId, recordsSpec, type RecordDoc } from '../../src/access/records/collections.ts';
import { createPatients } from '../../src/access/records/patient.ts';
import { createRecordWriter, type RecordWriter } from '../../src/access/records/record-writer.ts';
import { patientRecord } from '../../src/access/resources/patient-record.ts';
import type { Dice } from '../policies/random-region.ts';

/** A small region on a real store: what decides from memory, what decides from the store, and what changes facts. */
export interface ImageRegion {
  readonly directory: Directory;
  readonly writer: RecordWriter;
  /** The code of the decision, as the service makes it. */
  decide(account: string, patientKey: string, action?: string): Promise<string>;
  /** The same by the rules over the store, now. */
  decideByStore(account: string, patientKey: string, action?: string): Promise<string>;
  /** How many of `decide` were answered from memory. */
  readonly fromMemory: number;
  /** How many records were read for memory. */
  readonly readAhead: number;
  /** How many answers casbin has contradicted. */
  readonly differences: number;
  isUsable(): boolean;
  preload(): Promise<number>;
  /** Does something at random to a person, a record or the links. */
  change(dice: Dice): Promise<unknown>;
}

export const NETWORK = 'cancerologie';
export const ACCOUNTS = Array.from({ length: 5 }, (_, index) => `acc-${index}`);
export const PATIENTS = Array.from({ length: 6 }, (_, index) => `pk-${index}`);
const ORGANISATIONS = ['chu', 'clinique'] as const;
const LONG_AGO = Date.parse('2026-01-01T00:00:00Z');

let policy: Promise<Policy> | undefined;

/** `checkedEach`: one decision in so many is checked by casbin, as in the service. */
export async function openImageRegion(
  store: Store,
  { checkedEach }: { readonly checkedEach?: number } = {},
): Promise<ImageRegion> {
  policy ??= buildPolicy('policies');
  const loaded = await policy;
  const directory = createDirectory({ store, clock });
  const patients = createPatients({ store });
  const facts = createStoreFacts({ directory, accounts: { exists: async () => true }, patients });
  const image = createFactsImage({ clock });
  const logger = { info: () => {}, error: () => {} };
  let readAhead = 0;
  const ahead = {
    person: facts.person,
    record(network: string, patientKey: string) {
      readAhead += 1;
      return facts.record(network, patientKey);
    },
  };
  const feed = createFactsFeed({ store, image, facts: ahead, logger });
  const audit = { record: async () => {} };
  let readings = 0;
  const counted = {
    ...facts,
    person(id: string) {
      readings += 1;
      return facts.person(id);
    },
  };
  const judge = createJudge({
    facts: counted,
    imageOf: () => ({ image, feed }),
    audit,
    logger,
    ...(checkedEach !== undefined && { checkedEach }),
  });
  const writer = createRecordWriter({ store, patients });
  const links = store.collection(keyLinksSpec);
  let fromMemory = 0;
  let linksMade = 0;

  const inquiryOf = (account: string, id: string, action: string): Inquiry =>
    ownInquiry({
      nowMs: clock.nowMs(),
      account,
      action,
      resource: { type: 'patient_record', id },
      network: NETWORK,
    });

  /** One random entry of a record in, or all out. */
  function step(dice: Dice): (record: RecordDoc) => RecordDoc {
    const target = dice.chance(0.6)
      ? { account: dice.pick(ACCOUNTS) }
      : { organisation: dice.pick(ORGANISATIONS) };
    const nowMs = clock.nowMs();
    const toMs = dice.chance(0.2) ? { toMs: nowMs + dice.roll(3) * 20 } : {};
    switch (dice.roll(10)) {
      case 7:
      case 8:
      case 9:
        // Often enough that most questions are permitted, which is what is answered from memory.
        return ({ withdrawnAtMs: _gone, ...record }) => ({
          ...record,
          informedAtMs: LONG_AGO,
          consentedAtMs: LONG_AGO,
          parties: ORGANISATIONS.map(organisation => ({ organisation })),
          oppositions: [],
        });
      case 0:
        return ({ withdrawnAtMs: _gone, ...record }) => ({
          ...record,
          informedAtMs: LONG_AGO,
          consentedAtMs: nowMs,
        });
      case 1:
        return record => ({ ...record, withdrawnAtMs: nowMs });
      case 2:
        return record => ({
          ...record,
          oppositions: [{ id: 'o', emergency: false, ...target }],
        });
      case 3:
        return record => ({ ...record, parties: [], oppositions: [] });
      case 4:
        return record => ({ ...record, creator: dice.pick(ACCOUNTS) });
      default:
        return record => ({ ...record, parties: [...record.parties.slice(-3), { ...target, ...toMs }] });
    }
  }

  function changePerson(dice: Dice): Promise<unknown> {
    const sub = dice.pick(ACCOUNTS);
    const status = dice.chance(0.8) ? 'active' : 'suspended';
    const memberships = dice.chance(0.85)
      ? [
          {
            network: NETWORK,
            organisation: dice.pick(ORGANISATIONS),
            profile: dice.pick(['utilisateur_cancerologie', 'utilisateur_cancerologie', 'pharmacien']),
          },
        ]
      : [];
    return directory.professionals.update(sub, person => ({ ...person, status, memberships }));
  }

  function link(dice: Dice): Promise<unknown> {
    linksMade += 1;
    const ends = [dice.pick(PATIENTS), dice.pick(PATIENTS)] as const;
    const id = `${dice.roll(1e9)}-${linksMade}`;
    return links.insert({ id, network: NETWORK, ends: [...ends], client: 'test', linkedAt: clock.now() });
  }

  return {
    directory,
    writer,
    async decide(account, patientKey, action = 'read') {
      const inquiry = inquiryOf(account, patientKey, action);
      const before = readings;
      const { verdict } = await judge.judge(inquiry, loaded);
      // Only when decisions are asked for one after the other.
      if (readings === before) fromMemory += 1;
      return verdict.code;
    },
    async decideByStore(account, patientKey, action = 'read') {
      const inquiry = inquiryOf(account, patientKey, action);
      return (await patientRecord.judge(inquiry, { facts, policy: loaded })).verdict.code;
    },
    get fromMemory() {
      return fromMemory;
    },
    get readAhead() {
      return readAhead;
    },
    get differences() {
      return judge.differences;
    },
    isUsable: feed.isUsable,
    preload: feed.preload,
    change(dice) {
      const place = dice.roll(1000);
      if (place < 250) return changePerson(dice);
      // Links stay: too many would leave no record in memory.
      if (place < 252) return link(dice);
      return writer.change({ network: NETWORK, patientKey: dice.pick(PATIENTS) }, step(dice));
    },
  };
}

/** The people, the network and the records that everything begins with: everybody may, nothing is opposed. */
export async function fillImageRegion(
  store: Store,
  { directory }: Pick<ImageRegion, 'directory'>,
): Promise<void> {
  await directory.networks.insert({
    id: NETWORK,
    name: 'Cancérologie',
    regime: 'consentement',
    minimumAcr: {},
  });
  for (const id of ACCOUNTS)
    await directory.professionals.insert({
      id,
      status: 'active',
      givenName: id,
      familyName: 'Test',
      specialties: [],
      nationalIds: [],
      memberships: [{ network: NETWORK, organisation: 'chu', profile: 'utilisateur_cancerologie' }],
      delegations: [],
    });
  const records = store.collection(recordsSpec);
  for (const patientKey of PATIENTS)
    await records.insert({
      ...emptyRecord(recordId(NETWORK, patientKey), NETWORK, patientKey),
      informedAtMs: LONG_AGO,
      consentedAtMs: LONG_AGO,
      parties: [{ organisation: 'chu' }],
    });
}
