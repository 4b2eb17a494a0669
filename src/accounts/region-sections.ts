import { z } from 'zod';
import {
  claimsOfProfessional,
  everything,
  findUnknown,
  instantField,
  instantRow,
  lineField,
  planProfessional,
  professionalFields,
  professionalToRow,
  type Directory,
  type RegionSection,
  type RowPlan,
} from '#directory/index.ts';
import { fold, type Clock } from '#kernel/index.ts';
import { planText, textRowFields, textRowRule, type NewText } from '#texts/index.ts';
import { isArgon2Hash, type Accounts } from './accounts.ts';
import { hashPatiently } from './hashing/patience.ts';
import type { Hasher } from './hashing/hasher.ts';
import { isLogin } from './logins.ts';
import { isTooLong, normalisePassword } from './passwords/rules.ts';
import type { Terms } from './terms.ts';
import type { AcceptedTerms, Account } from './types.ts';

const accountRow = z
  .strictObject({
    ...professionalFields,
    login: z.string().refine(isLogin, "expected 1 to 64 letters, digits and `._@'+-`").optional(),
    password: z
      .string()
      .min(1)
      .refine(text => !isTooLong(text), 'expected at most 256 bytes')
      .optional(),
    password_hash: z
      .string()
      .refine(isArgon2Hash, 'expected an argon2id hash (PHC) of a bounded cost')
      .optional(),
    password_changed_at: instantField.optional(),
    must_change_password: z.boolean().optional(),
    terms_accepted: lineField(64).optional(),
  })
  .refine(row => row.password === undefined || row.password_hash === undefined, {
    path: ['password'],
    error: 'expected `password` or `password_hash`, not both',
  });

type AccountRow = z.output<typeof accountRow>;

interface Deps {
  readonly accounts: Accounts;
  readonly terms: Terms;
  readonly directory: Directory;
  readonly hasher: Hasher;
  readonly clock: Clock;
  /** Profiles that a policy knows; another one is kept, with a warning. */
  readonly vocabulary: { readonly profiles: readonly string[] };
}

/** The keys `terms` and `accounts` of the region file. */
export function createAccountSections(deps: Deps): readonly RegionSection[] {
  return [termsSection(deps.terms), accountsRegionSection(deps)];
}

/**
 * A row of `accounts` is two documents: the professional, and, where it has a login, the account that opens the sign-in. The password, when
 * it was changed, whether it must be, and the accepted terms count only when the account is made: from then on they
 * are the person's own, and no later import resets them.
 */
function accountsRegionSection(deps: Deps): RegionSection<AccountRow> {
  const { accounts, terms, directory, hasher, clock, vocabulary } = deps;
  const hash = hashPatiently(hasher);

  async function acceptedTerms(version: string | undefined): Promise<readonly AcceptedTerms[]> {
    const accepted = version === undefined ? null : await terms.get(version);
    if (!accepted) return [];
    return [{ version: accepted.id, textHash: accepted.textHash, acceptedAt: clock.now(), source: 'import' }];
  }

  async function createAccount(row: AccountRow, passwordHash: string | undefined): Promise<void> {
    await accounts.create({
      sub: row.sub,
      names: { givenName: row.given_name, familyName: row.family_name },
      ...(row.login !== undefined && { login: row.login }),
      ...(passwordHash !== undefined && { passwordHash }),
      ...(row.password_changed_at !== undefined && {
        passwordChangedAt: Math.floor(row.password_changed_at / 1000),
      }),
      mustChangePassword: row.must_change_password ?? false,
      termsAccepted: await acceptedTerms(row.terms_accepted),
      actor: 'system',
      origin: 'import',
    });
  }

  return {
    key: 'accounts',
    after: ['networks', 'organisations', 'applications', 'terms'],
    schema: accountRow,
    idField: 'sub',
    idOf: row => row.sub,
    claimsOf: row => [
      ...claimsOfProfessional(row),
      ...(row.login === undefined
        ? []
        : [{ key: `login ${fold(row.login)}`, said: `login \`${fold(row.login)}\`` }]),
    ],
    fingerprintOf: ({ password: _password, password_hash: _hash, ...row }) => row,
    has: async sub => (await directory.professionals.get(sub)) !== null,

    async plan(row, context): Promise<RowPlan> {
      const existing = await accounts.get(row.sub);
      const professional = await planProfessional(directory, row, context, vocabulary.profiles);
      const reason =
        professional.reason ??
        (await refuseLogin(accounts, row, existing?.login)) ??
        (existing ? undefined : await findUnknown(context, [['terms', 'terms version', row.terms_accepted]]));
      if (reason !== undefined) return { outcome: 'refuse', reason };
      if (existing) return professional;
      // SPEC: contract §3: somebody whom the directory knows, and who has no account.
      if (row.login === undefined) {
        const warnings = [...(professional.warnings ?? []), ...warningsOfNobody(row)];
        return { ...professional, warnings };
      }
      return {
        // A person without account is what a crash, or a former row without login, leaves: the login is what changes.
        ...(professional.outcome === 'add'
          ? { outcome: 'add' }
          : { outcome: 'change', changes: [...(professional.changes ?? []), 'login'] }),
        warnings: professional.warnings ?? [],
        async apply() {
          const passwordHash =
            row.password_hash ??
            (row.password === undefined ? undefined : await hash(normalisePassword(row.password)));
          // ORDER: the account last: it is what opens the sign-in, and the next import completes what is missing.
          await professional.apply?.();
          await createAccount(row, passwordHash);
        },
      };
    },

    async *rows() {
      for await (const professional of everything(query => directory.professionals.list('name', query))) {
        const account = await accounts.get(professional.id);
        yield { ...professionalToRow(professional), ...(account && accountToRow(account)) };
      }
    },
  };
}

function accountToRow(account: Account): object {
  const { login, passwordChangedAt, mustChangePassword, termsAccepted } = account;
  return {
    login,
    password_changed_at: passwordChangedAt === undefined ? undefined : instantRow(passwordChangedAt * 1000),
    must_change_password: mustChangePassword,
    terms_accepted: termsAccepted.at(-1)?.version,
  };
}

/** What counts only with an account. */
function warningsOfNobody(row: AccountRow): readonly string[] {
  const { password, password_hash, password_changed_at, must_change_password, terms_accepted } = row;
  return Object.entries({
    password,
    password_hash,
    password_changed_at,
    must_change_password,
    terms_accepted,
  })
    .filter(([, value]) => value !== undefined)
    .map(([field]) => `${field}: not taken without \`login\`: this person has no account`);
}

async function refuseLogin(
  accounts: Accounts,
  { sub, login }: AccountRow,
  existing: string | undefined,
): Promise<string | undefined> {
  if (login === undefined) return undefined;
  if (existing !== undefined) {
    return existing === login ? undefined : `the login never changes (it is \`${existing}\`)`;
  }
  const holder = await accounts.loginHolder(login);
  return holder === null || holder === sub
    ? undefined
    : `login \`${login}\` is or was that of another account`;
}

const termsRow = z.strictObject(textRowFields).refine(...textRowRule);

function termsSection(terms: Terms): RegionSection<z.output<typeof termsRow>> {
  return {
    key: 'terms',
    after: [],
    schema: termsRow,
    idField: 'version',
    idOf: row => row.version,
    // The text may stand in a file of its own: the row alone does not tell whether it changed.
    fingerprintOf: () => undefined,
    has: async version => (await terms.get(version)) !== null,
    async plan({ version, ...row }, context): Promise<RowPlan> {
      const put = (told: NewText) => terms.put({ version, ...told });
      return planText(row, await terms.get(version), put, context);
    },
    async *rows() {
      for (const { id, title, text, fromMs } of await terms.list()) {
        yield { version: id, title, text, from: instantRow(fromMs) };
      }
    },
  };
}
