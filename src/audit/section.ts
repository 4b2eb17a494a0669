import { createPrivateKey, type KeyObject } from 'node:crypto';
import { defineSection, reader, type SectionValues } from '#config/index.ts';

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
  },
});

export type AuditSettings = SectionValues<typeof auditSection>;

function readEd25519Key(text: string): KeyObject | undefined {
  try {
    // One line of a `.env` file holds `\n` for the line breaks of a PEM text.
    const key = createPrivateKey(text.replaceAll('\\n', '\n'));
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}
