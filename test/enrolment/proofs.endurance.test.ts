import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { systemClock } from '#kernel/index.ts';
import { createDocuments } from '../../src/enrolment/documents.ts';
import { createTestSealer, newStoreUrl, openTestStore, removeStored } from '../support/store.ts';
import { openRequests, PROOF } from './stored-requests.ts';

const CHILD = new URL('./proof-child.ts', import.meta.url).pathname;
const sealer = createTestSealer();

describe('proofs of a process that is killed', () => {
  it('are all there, whole, after a kill -9 at any moment, once they were acknowledged', async () => {
    const url = await newStoreUrl('sqlite');
    const child = spawn(process.execPath, [CHILD, url], { stdio: ['ignore', 'pipe', 'inherit'] });
    const acknowledged: string[] = [];
    await new Promise<void>(resolve => {
      createInterface({ input: child.stdout }).on('line', line => {
        acknowledged.push(line);
        if (acknowledged.length === 12) child.kill('SIGKILL');
      });
      child.once('close', () => resolve());
    });
    expect(acknowledged.length).to.be.at.least(12);
    const store = await openTestStore({ url });
    const requests = openRequests({ store, clock: systemClock, sealer });
    const documents = createDocuments({ store, clock: systemClock, requests });
    for (const id of acknowledged) {
      const [proof] = (await requests.get(id))?.proofs ?? [];
      expect(proof && (await documents.content(proof))?.equals(PROOF), id).to.equal(true);
    }
    await store.close();
    await removeStored(url);
  });
});
