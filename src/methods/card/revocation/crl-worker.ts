import { createPublicKey } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { readCrl, type ReadList } from './crl-reader.ts';

/*
 * Reads one list in a thread of its own: a million entries take a second of work, which no request should wait for.
 */

export interface CrlTask {
  readonly file: string;
  /** Of the issuer, SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array;
  readonly subject: Uint8Array;
  readonly keyId: Uint8Array | null;
}

function run(task: CrlTask): ReadList {
  const descriptor = openSync(task.file, 'r');
  try {
    const source = {
      size: fstatSync(descriptor).size,
      read: (into: Uint8Array) => readSync(descriptor, into),
    };
    return readCrl(source, {
      subject: task.subject,
      keyId: task.keyId,
      publicKey: createPublicKey({ key: Buffer.from(task.publicKey), format: 'der', type: 'spki' }),
    });
  } finally {
    closeSync(descriptor);
  }
}

/** Above 0: a list can wait for whatever else wants the processor. */
const NICENESS = 10;

// Only on Linux does 0 name this thread, and not the whole process.
if (process.platform === 'linux') setPriority(0, NICENESS);

const answer = run(workerData as CrlTask);
parentPort?.postMessage(
  answer,
  answer.ok
    ? [answer.list.serials.arena.buffer as ArrayBuffer, answer.list.serials.slots.buffer as ArrayBuffer]
    : [],
);
