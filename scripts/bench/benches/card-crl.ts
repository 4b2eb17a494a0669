import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createIgc } from '../../demo/igc/index.ts';
import { readIssuingCa } from '../../../src/methods/card/revocation/issuing-ca.ts';
import { ms, type Bench, type Row } from '../harness/bench.ts';
import { startNode } from '../harness/child.ts';
import type { CrlLoad } from '../harness/crl-load.ts';
import { makeLargeCrl, signerOf } from '../harness/large-crl.ts';
import { median } from '../harness/latencies.ts';

const ENTRIES = 1_000_000;
const LOAD_AIM_MS = 3000;
const MEMORY_AIM_MIB = 150;
const LOOK_UP_AIM_NS = 1000;
const LATE_AIM_MS = 20;

/** Issue 5, §1: a revocation list of a million cards, against a `Set` of texts filled in the simplest way. */
export const cardCrl: Bench = {
  name: 'card-crl',
  title: 'Revocation list of 1,000,000 cards: load, memory, look-up',
  async run({ isQuick }) {
    const folder = await mkdtemp(path.join(tmpdir(), 'trousseau-bench-'));
    try {
      await makeFiles(folder);
      const ours: CrlLoad[] = [];
      const peer: CrlLoad[] = [];
      for (let round = 0; round < (isQuick ? 1 : 5); round += 1) {
        ours.push(await loadApart('ours', folder));
        peer.push(await loadApart('set', folder));
      }
      for (const { entries } of [...ours, ...peer]) {
        if (entries !== ENTRIES) throw new Error(`${entries} entries of ${ENTRIES}`);
      }
      const of = (loads: readonly CrlLoad[], field: keyof CrlLoad) => median(loads.map(load => load[field]));
      const row = (
        what: string,
        field: keyof CrlLoad,
        aim: number,
        show: (value: number) => string,
      ): Row => ({
        what,
        ours: show(of(ours, field)),
        peer: show(of(peer, field)),
        aim: `< ${show(aim)}`,
        reached: show(of(ours, field)),
        isMet: of(ours, field) < aim,
        figures: { ours: ours.map(load => load[field]), peer: peer.map(load => load[field]) },
      });
      return [
        row('load (signature verified; peer: not)', 'loadMs', LOAD_AIM_MS, ms),
        row('memory while loading, at the most', 'peakMiB', MEMORY_AIM_MIB, mib),
        row('memory held', 'heldMiB', MEMORY_AIM_MIB, mib),
        row('look-up of a serial on the list', 'hitNs', LOOK_UP_AIM_NS, ns),
        row('look-up of a serial not on it', 'missNs', LOOK_UP_AIM_NS, ns),
        {
          ...row('event loop late by, at the worst (beside: with nothing to do)', 'lateMs', LATE_AIM_MS, ms),
          peer: ms(of(ours, 'idleLateMs')),
        },
      ];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

const mib = (value: number) => `${value.toFixed(0)} MiB`;
const ns = (value: number) => `${value.toFixed(0)} ns`;

async function makeFiles(folder: string): Promise<void> {
  const signer = signerOf(await createIgc().authority('fort'));
  const { subject } = readIssuingCa(signer.certificate);
  const { der, sample } = makeLargeCrl(signer, subject, ENTRIES, Math.floor(Date.now() / 1000));
  const hex = (serials: readonly Buffer[]) => serials.map(serial => serial.toString('hex'));
  const absent = Array.from(sample, () => randomBytes(16));
  await writeFile(path.join(folder, 'list.crl'), der);
  await writeFile(path.join(folder, 'ca.pem'), signer.certificate.toString());
  await writeFile(
    path.join(folder, 'sample.json'),
    JSON.stringify({ there: hex(sample), absent: hex(absent) }),
  );
}

async function loadApart(kind: 'ours' | 'set', folder: string): Promise<CrlLoad> {
  const script = path.join(import.meta.dirname, '../harness/crl-load.ts');
  let line = '';
  const child = startNode(['--expose-gc', script, kind, folder], {
    env: {},
    onLine: text => {
      line = text;
    },
  });
  await child.ended.catch(() => undefined);
  return JSON.parse(line) as CrlLoad;
}
