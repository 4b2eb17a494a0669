import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock, type Clock } from '#kernel/index.ts';
import { freePort } from './ports.ts';
import { createIgc, type Igc } from '../../scripts/demo/igc/index.ts';

/** Authorities, lists and a host certificate in a folder of their own, and the settings of a service that uses them. */
export interface TestCards {
  readonly igc: Igc;
  readonly port: number;
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  destroy(): Promise<void>;
}

export async function prepareCards({ clock = systemClock }: { clock?: Clock } = {}): Promise<TestCards> {
  const folder = await mkdtemp(path.join(tmpdir(), 'trousseau-cards-'));
  const igc = createIgc({ clock });
  const port = await freePort();
  const file = (name: string) => path.join(folder, name);
  // All at once: keys are slow to make, and several are made in the time of one.
  const [anchors, host, fort, standard] = await Promise.all([
    igc.anchors(),
    igc.host(['localhost']),
    igc.crl('fort', []),
    igc.crl('standard', []),
    igc.issue('cps'),
  ]);
  await writeFile(file('anchors.pem'), anchors);
  await writeFile(file('host.pem'), host.certificate);
  await writeFile(file('host.key'), host.privateKey);
  await writeFile(file('fort.crl'), fort);
  await writeFile(file('standard.crl'), standard);
  const lists = ['FORT', 'STANDARD'].map(
    branch => `TEST AC IGC-SANTE ${branch} PERSONNES=${file(`${branch.toLowerCase()}.crl`)}`,
  );
  return {
    igc,
    port,
    url: `https://localhost:${port}`,
    env: {
      TROUSSEAU_CARD_PORT: String(port),
      TROUSSEAU_CARD_ANCHORS: file('anchors.pem'),
      TROUSSEAU_CARD_TLS_CERTIFICATE: file('host.pem'),
      TROUSSEAU_CARD_TLS_KEY: file('host.key'),
      TROUSSEAU_CARD_CRLS: lists.join(','),
    },
    destroy: () => rm(folder, { recursive: true, force: true }),
  };
}
