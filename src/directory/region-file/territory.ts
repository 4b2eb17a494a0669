import { z } from 'zod';
import type { Directory } from '../directory.ts';
import { RCP_REGISTRATIONS, type Network, type Organisation, type RegionInfo } from '../types.ts';
import { acrField, finessField, idField, lineField, warnOfFiness } from './fields.ts';
import { canonical, changedFields, everything, findUnknown, planDocument } from './planning.ts';
import type { RegionContext, RegionSection } from './section.ts';

const regionRow = z.strictObject({
  name: lineField(200),
  support: lineField(500),
  security_contact: lineField(200).optional(),
  dpo: lineField(200).optional(),
  legal_notice: z.string().trim().min(1).max(5_000).optional(),
});

/** The key `region`: what every page says of the region. */
export function regionInfoSection(directory: Directory): RegionSection<z.output<typeof regionRow>> {
  return {
    key: 'region',
    isSingle: true,
    after: [],
    schema: regionRow,
    idOf: () => 'region',
    has: () => Promise.resolve(true),
    async plan(row) {
      const wanted: RegionInfo = {
        name: row.name,
        support: row.support,
        ...(row.security_contact !== undefined && { securityContact: row.security_contact }),
        ...(row.dpo !== undefined && { dpo: row.dpo }),
        ...(row.legal_notice !== undefined && { legalNotice: row.legal_notice }),
      };
      const before = await directory.region();
      if (canonical(before) === canonical(wanted)) return { outcome: 'same' };
      return {
        outcome: 'change',
        changes: changedFields(before, wanted),
        apply: () => directory.describeRegion(wanted),
      };
    },
    async *rows() {
      const { name, support, securityContact, dpo, legalNotice } = await directory.region();
      yield { name, support, security_contact: securityContact, dpo, legal_notice: legalNotice };
    },
  };
}

/** What a level can be asked for (contract §7): a misspelt word would silently leave the default level in force. */
export const LEVEL_KEYS = [
  'create',
  'read',
  'write',
  'share',
  'rcp_register',
  'bris_de_glace',
  'centre_15',
] as const;

/** More than anybody would ask. */
const MOST_VALIDATORS = 20;
const MOST_REFERENTS = 20;

const networkRow = z.strictObject({
  id: idField,
  name: lineField(200),
  regime: z.enum(['consentement', 'information_opposition']),
  minimum_acr: z.partialRecord(z.enum(LEVEL_KEYS), acrField).default({}),
  validators: z.array(idField).max(MOST_VALIDATORS).optional(),
  security_contact: z.email('expected an e-mail address').max(254).optional(),
  rcp_registration: z.enum(RCP_REGISTRATIONS).optional(),
});

export function networksSection({ networks }: Directory): RegionSection<z.output<typeof networkRow>> {
  return {
    key: 'networks',
    after: [],
    schema: networkRow,
    idField: 'id',
    idOf: row => row.id,
    has: async id => (await networks.get(id)) !== null,
    async plan({ id, name, regime, minimum_acr: minimumAcr, ...told }, context) {
      const reason = await findUnknown(
        context,
        (told.validators ?? []).map(sub => ['accounts', 'account', sub]),
      );
      if (reason !== undefined) return { outcome: 'refuse', reason };
      const before = await networks.get(id);
      // A file that does not speak of them leaves them as they are.
      const validators = told.validators ?? before?.validators;
      const securityContact = told.security_contact ?? before?.securityContact;
      const rcpRegistration = told.rcp_registration ?? before?.rcpRegistration;
      const wanted: Network = {
        id,
        name,
        regime,
        minimumAcr,
        ...(validators && { validators }),
        ...(securityContact !== undefined && { securityContact }),
        ...(rcpRegistration && { rcpRegistration }),
      };
      return planDocument(wanted, before, networks);
    },
    async *rows() {
      for await (const network of everything(query => networks.list('name', query))) {
        const { id, name, regime, minimumAcr, validators, securityContact, rcpRegistration } = network;
        yield {
          id,
          name,
          regime,
          minimum_acr: minimumAcr,
          validators,
          security_contact: securityContact,
          rcp_registration: rcpRegistration,
        };
      }
    },
  };
}

const organisationRow = z
  .strictObject({
    id: idField,
    name: lineField(200),
    finess: finessField.optional(),
    parent: idField.optional(),
    networks: z.array(idField).default([]),
    referents: z.array(idField).max(MOST_REFERENTS).optional(),
  })
  .refine(({ id, parent }) => parent !== id, {
    path: ['parent'],
    error: 'expected another organisation than itself',
  });

/** The organisation as this row can say it: its logo is given in the service, its référents where the row names none. */
function ofTheRow(organisation: Organisation, row: OrganisationRow): Organisation {
  const { logo: _logo, referents, ...told } = organisation;
  return { ...told, ...(row.referents !== undefined && referents !== undefined && { referents }) };
}

/** Writes what the file says, and keeps what it does not speak of as it is by then. */
function keepingOwn({ insert, update }: Directory['organisations']) {
  const withOwnFields = (wanted: Organisation, { logo, referents }: Organisation): Organisation => ({
    ...(referents !== undefined && { referents }),
    ...wanted,
    ...(logo !== undefined && { logo }),
  });
  return {
    insert,
    update: (id: string, change: (organisation: Organisation) => Organisation) =>
      update(id, now => withOwnFields(change(now), now)),
  };
}

type OrganisationRow = z.output<typeof organisationRow>;

/** The organisation above all others: a parent that needs no row of its own (contract §3). */
const ROOT = 'region';

const unknownNetwork = ({ networks }: OrganisationRow, context: RegionContext): Promise<string | undefined> =>
  findUnknown(
    context,
    networks.map(network => ['networks', 'network', network]),
  );

const unknownReferent = (
  { referents = [] }: OrganisationRow,
  context: RegionContext,
): Promise<string | undefined> =>
  findUnknown(
    context,
    referents.map(sub => ['accounts', 'account', sub]),
  );

/**
 * Why the organisations above a row do not lead to the top. The rows of the document count before what the store
 * holds, so that the order of the rows does not matter. SECURITY: a branch decides who administers whom.
 */
async function wrongParent(
  row: OrganisationRow,
  context: RegionContext,
  organisations: Directory['organisations'],
): Promise<string | undefined> {
  const line = [row.id];
  for (let at = row.parent; at !== undefined;) {
    if (line.includes(at)) return `parents in a circle: ${[...line, at].map(id => `\`${id}\``).join(' → ')}`;
    line.push(at);
    if (!(await context.knows('organisations', at))) {
      return at === ROOT ? undefined : `unknown parent organisation \`${at}\``;
    }
    const told = context.rowOf('organisations', at) as OrganisationRow | undefined;
    const stored = await organisations.get(at);
    if (told && !stored && (await unknownNetwork(told, context)) !== undefined) {
      return `parent organisation \`${at}\` is refused itself`;
    }
    at = (told ?? stored)?.parent;
  }
  return undefined;
}

export function organisationsSection({ organisations }: Directory): RegionSection<OrganisationRow> {
  return {
    key: 'organisations',
    after: ['networks'],
    schema: organisationRow,
    idField: 'id',
    idOf: row => row.id,
    has: async id => (await organisations.get(id)) !== null,
    async plan(row, context) {
      const reason =
        (await unknownNetwork(row, context)) ??
        (await unknownReferent(row, context)) ??
        (await wrongParent(row, context, organisations));
      if (reason !== undefined) return { outcome: 'refuse', reason };
      const wanted: Organisation = {
        id: row.id,
        name: row.name,
        ...(row.finess !== undefined && { finess: row.finess }),
        ...(row.parent !== undefined && { parent: row.parent }),
        networks: row.networks,
        ...(row.referents && { referents: row.referents }),
      };
      const before = await organisations.get(row.id);
      return planDocument(
        wanted,
        before && ofTheRow(before, row),
        keepingOwn(organisations),
        warnOfFiness(row.finess),
      );
    },
    async *rows() {
      for await (const organisation of everything(query => organisations.list('name', query))) {
        const { id, name, finess, parent, networks, referents } = organisation;
        yield { id, name, finess, parent, networks, referents };
      }
    },
  };
}
