import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { createShiftedClock, systemClock } from '#kernel/index.ts';
import { createDocuments, proofTypeOf } from '../../src/enrolment/documents.ts';
import { createTestSealer, newStoreUrl, openTestStore, removeStored } from '../support/store.ts';
import { openRequests, PROOF } from './stored-requests.ts';

const KIND = { kind: 'identity_card', type: 'application/pdf' } as const;
const sealer = createTestSealer();

describe('proofs', () => {
  it('that no request names are destroyed, an hour after they came, and the others stay', async () => {
    const clock = createShiftedClock();
    const store = await openTestStore({ clock });
    const requests = openRequests({ store, clock, sealer });
    const documents = createDocuments({ store, clock, requests });
    const request = await requests.ofToken(await requests.begin(null, null));
    if (!request) throw new Error('no request');
    const kept = await documents.add(request, PROOF, KIND);
    await requests.save(request.id, before => ({ ...before, proofs: [kept] }));
    // The process stopped here: nobody was told, and no request names it.
    const lost = await documents.add(request, PROOF, KIND);
    await documents.sweep();
    expect(await documents.content(lost)).not.to.equal(null);
    clock.advance(3700);
    await documents.sweep();
    expect(await documents.content(lost)).to.equal(null);
    expect((await documents.content(kept))?.equals(PROOF)).to.equal(true);
    // A draft that nobody sent takes its proofs with it.
    clock.advance(8 * 86_400);
    await documents.sweep();
    expect(await documents.content(kept)).to.equal(null);
    await store.destroy();
  });

  it('are sealed at rest, as is what was declared', async () => {
    const url = await newStoreUrl('sqlite');
    const store = await openTestStore({ url });
    const requests = openRequests({ store, clock: systemClock, sealer });
    const documents = createDocuments({ store, clock: systemClock, requests });
    const token = await requests.begin(null, null);
    const request = await requests.ofToken(token);
    if (!request) throw new Error('no request');
    const secret = 'Contenu-tout-a-fait-secret';
    const proof = await documents.add(request, Buffer.from(`%PDF-${secret}`), KIND);
    await requests.save(request.id, before => ({
      ...before,
      proofs: [proof],
      answers: { ...before.answers, name: { civility: 'M', familyName: 'Nomsecret', givenName: 'Jean' } },
    }));
    await store.close();
    const folder = path.dirname(url.slice('sqlite:'.length));
    const files = await Promise.all(
      (await readdir(folder)).map(name => readFile(path.join(folder, name), 'latin1')),
    );
    const all = files.join('');
    for (const text of [secret, Buffer.from(secret).toString('base64').slice(2, -4), 'Nomsecret', token])
      expect(all.includes(text), text).to.equal(false);
    await removeStored(url);
  });

  it('are told by their content, not by their name', () => {
    const box = (brand: string) => Buffer.from(`\0\0\0\x18ftyp${brand}\0\0\0\0`, 'latin1');
    expect(proofTypeOf(Buffer.from('%PDF-1.4'))).to.equal('application/pdf');
    expect(proofTypeOf(Buffer.from('89504e470d0a1a0a', 'hex'))).to.equal('image/png');
    expect(proofTypeOf(Buffer.from('ffd8ffe0', 'hex'))).to.equal('image/jpeg');
    expect(proofTypeOf(box('heic'))).to.equal('image/heic');
    for (const other of [box('mp42'), Buffer.from('<svg/>'), Buffer.from('PK\x03\x04'), Buffer.alloc(0)])
      expect(proofTypeOf(other)).to.equal(null);
  });
});
