/** A process of its own that adds proofs to requests until it is killed: one line of output per acknowledged proof. */
import { writeSync } from 'node:fs';
import { systemClock as clock } from '#kernel/index.ts';
import { createDocuments } from '../../src/enrolment/documents.ts';
import { createTestSealer, openTestStore } from '../support/store.ts';
import { openRequests, PROOF } from './stored-requests.ts';

const [, , url = ''] = process.argv;
const store = await openTestStore({ url });
const requests = openRequests({ store, clock, sealer: createTestSealer() });
const documents = createDocuments({ store, clock, requests });

await Promise.all(
  Array.from({ length: 6 }, async () => {
    for (;;) {
      const request = await requests.ofToken(await requests.begin(null, null));
      if (!request) throw new Error('a request that was begun is there');
      const proof = await documents.add(request, PROOF, { kind: 'identity_card', type: 'application/pdf' });
      await requests.save(request.id, before => ({ ...before, proofs: [...before.proofs, proof] }));
      // Synchronous: a line that was written has left the process before it is killed.
      writeSync(1, `${request.id}\n`);
    }
  }),
);
