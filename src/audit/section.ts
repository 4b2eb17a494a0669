import { createPrivateKey, type KeyObject } from 'node:crypto';
import { defineSection, reader, wholeNumber, type SectionValues } from '#config/index.ts';
import type { KeepingRules } from './keeping.ts';

const DEFAULTS: KeepingRules = {
  sealAfterDays: 2,
  months: { technical: 12, signin: 12, access: 36, administration: 36 },
};

/** From half a year, below which a trace proves little, to what no law asks for. */
const months = () => wholeNumber(6, 240);

export const auditSection = defineSection('audit', {
  title: 'Audit log',
  settings: {
    key: {
      env: 'TROUSSEAU_AUDIT_KEY',
      schema: reader('an Ed25519 private key in PEM (PKCS #8)', readEd25519Key).optional(),
      secret: true,
      identity: true,
      description:
        'The key that signs the checkpoints of the log: `openssl genpkey -algorithm ed25519`. Without it one is made and kept, sealed, in the store.',
    },
    sealAfterDays: {
      env: 'TROUSSEAU_AUDIT_SEAL_AFTER_DAYS',
      schema: wholeNumber(1, 365),
      default: String(DEFAULTS.sealAfterDays),
      description:
        'A day of the log is sealed that many days after its end: compact, signed, and from then on subject to retention.',
    },
    technicalMonths: {
      env: 'TROUSSEAU_AUDIT_TECHNICAL_MONTHS',
      schema: months(),
      default: String(DEFAULTS.months.technical),
      description: 'Months that technical events are kept.',
    },
    signinMonths: {
      env: 'TROUSSEAU_AUDIT_SIGNIN_MONTHS',
      schema: months(),
      default: String(DEFAULTS.months.signin),
      description: 'Months that sign-ins, refused ones too, are kept.',
    },
    accessMonths: {
      env: 'TROUSSEAU_AUDIT_ACCESS_MONTHS',
      schema: months(),
      default: String(DEFAULTS.months.access),
      description: 'Months that access decisions and acts on consents are kept: who opened which record.',
    },
    administrationMonths: {
      env: 'TROUSSEAU_AUDIT_ADMINISTRATION_MONTHS',
      schema: months(),
      default: String(DEFAULTS.months.administration),
      description: 'Months that acts of administration are kept: who was given which right.',
    },
  },
});

export type AuditSettings = SectionValues<typeof auditSection>;

/** What the settings say of sealing and retention, the defaults where they say nothing. */
export function keepingRules(settings: Partial<AuditSettings> = {}): KeepingRules {
  const { months } = DEFAULTS;
  return {
    sealAfterDays: settings.sealAfterDays ?? DEFAULTS.sealAfterDays,
    months: {
      technical: settings.technicalMonths ?? months.technical,
      signin: settings.signinMonths ?? months.signin,
      access: settings.accessMonths ?? months.access,
      administration: settings.administrationMonths ?? months.administration,
    },
  };
}

function readEd25519Key(text: string): KeyObject | undefined {
  try {
    // One line of a `.env` file holds `\n` for the line breaks of a PEM text.
    const key = createPrivateKey(text.replaceAll('\\n', '\n'));
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}
