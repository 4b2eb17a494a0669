import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createCrlLoader } from '../../../src/methods/card/revocation/crl-loader.ts';
import { readIssuingCa } from '../../../src/methods/card/revocation/issuing-ca.ts';
import { hasSerial } from '../../../src/methods/card/revocation/serial-table.ts';

/*
 * A process of its own, so that its memory is that of one list: `node crl-load.ts ours|set FOLDER`, with `list.crl`,
 * `ca.pem` and `sample.json` (serials of the list, and others) in the folder. Prints one line of JSON.
 */

export interface CrlLoad {
  readonly entries: number;
  readonly loadMs: number;
  /** The most that the process grew by, in MiB. */
  readonly peakMiB: number;
  /** Once it is loaded and garbage is gone. */
  readonly heldMiB: number;
  readonly hitNs: number;
  readonly missNs: number;
  /** How late the event loop was at the worst while the list was loaded. */
  readonly lateMs: number;
  /** The same with nothing to do, for as long: what the machine does to any process. */
  readonly idleLateMs: number;
}

interface Loaded {
  readonly entries: number;
  has(serial: Buffer): boolean;
}

async function loadOurs(folder: string): Promise<Loaded> {
  const ca = readIssuingCa(new X509Certificate(readFileSync(path.join(folder, 'ca.pem'))));
  const loader = createCrlLoader();
  const read = await loader.load(path.join(folder, 'list.crl'), ca);
  if (!read.ok) throw new Error(read.detail);
  const { serials } = read.list;
  return { entries: serials.size, has: serial => hasSerial(serials, serial) };
}

/** The least that a reader could do with a `Set` of texts: knows where each entry is, verifies nothing. */
function loadSet(folder: string): Promise<Loaded> {
  const list = readFileSync(path.join(folder, 'list.crl'));
  const serials = new Set<string>();
  const head = Buffer.from('302f0210', 'hex');
  for (let at = list.indexOf(head); at >= 0 && list.subarray(at, at + 4).equals(head); at += 49)
    serials.add(list.toString('hex', at + 4, at + 20));
  return Promise.resolve({ entries: serials.size, has: serial => serials.has(serial.toString('hex')) });
}

function nsPerLookUp(loaded: Loaded, serials: readonly Buffer[], isThere: boolean): number {
  for (const serial of serials) {
    if (loaded.has(serial) !== isThere) throw new Error('a wrong answer');
  }
  const startedMs = performance.now();
  for (const serial of serials) loaded.has(serial);
  return ((performance.now() - startedMs) * 1e6) / serials.length;
}

const TICK_MS = 2;

/** Ticks, and says in the end how much later than it should the latest tick came. */
function watchLoop(): () => number {
  let lastMs = performance.now();
  let worstMs = 0;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    worstMs = Math.max(worstMs, nowMs - lastMs - TICK_MS);
    lastMs = nowMs;
  }, TICK_MS);
  return () => {
    clearInterval(timer);
    return worstMs;
  };
}

const MIB = 1024 * 1024;

/** `VmHWM` of the process, in MiB. */
function peakOfProcess(): number {
  return Number(/^VmHWM:\s+(\d+) kB$/mu.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
}

async function measure(kind: string, folder: string): Promise<CrlLoad> {
  const texts = JSON.parse(readFileSync(path.join(folder, 'sample.json'), 'utf8')) as Record<
    string,
    string[]
  >;
  const there = (texts['there'] ?? []).map(text => Buffer.from(text, 'hex'));
  const absent = (texts['absent'] ?? []).map(text => Buffer.from(text, 'hex'));
  globalThis.gc?.();
  // proc(5): forgets the peak so far, which is of the modules and the sample.
  writeFileSync('/proc/self/clear_refs', '5');
  const before = process.memoryUsage().rss;
  const stopWatching = watchLoop();
  const startedMs = performance.now();
  const loaded = await (kind === 'ours' ? loadOurs(folder) : loadSet(folder));
  const loadMs = performance.now() - startedMs;
  // One turn more, in which a loop that was blocked shows it.
  await new Promise(resolve => setTimeout(resolve, 5));
  const lateMs = stopWatching();
  const peakMiB = peakOfProcess() - before / MIB;
  const stopWatchingIdle = watchLoop();
  await new Promise(resolve => setTimeout(resolve, loadMs));
  const idleLateMs = stopWatchingIdle();
  const lookUps = { hitNs: nsPerLookUp(loaded, there, true), missNs: nsPerLookUp(loaded, absent, false) };
  globalThis.gc?.();
  const heldMiB = (process.memoryUsage().rss - before) / MIB;
  return { entries: loaded.entries, loadMs, peakMiB, heldMiB, ...lookUps, lateMs, idleLateMs };
}

const [, , kind = '', folder = ''] = process.argv;
if (folder !== '') console.log(JSON.stringify(await measure(kind, folder)));
