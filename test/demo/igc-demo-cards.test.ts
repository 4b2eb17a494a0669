import { expect } from 'chai';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSecureContext } from 'node:tls';
import { createShiftedClock } from '#kernel/index.ts';
import region from '../../scripts/demo/region.json' with { type: 'json' };
import { prepareDemoCards, type DemoCard } from '../../scripts/demo/igc/demo-cards.ts';

describe('The cards of the demonstration', () => {
  const clock = createShiftedClock();
  let folder: string;
  let cards: readonly DemoCard[];
  const prepare = () =>
    prepareDemoCards({ folder, holders: region.accounts, organisations: region.organisations, clock });

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'igc-'));
    cards = await prepare();
  });
  after(() => rm(folder, { recursive: true }));

  it('are one for each account that has a national identifier, and some that are refused', () => {
    const opened = cards.flatMap(({ login }) => login ?? []);
    expect(opened).to.include.members(['claire.dupont', 'marc.lefevre', 'sophie.martin', 'luc.ancien']);
    expect(opened).to.not.include('anne.moreau');
    expect(cards.find(({ login }) => login === 'sophie.martin')?.national_id).to.equal('3370000481/SM0042');
    expect(cards.flatMap(({ refusal }) => refusal ?? [])).to.include.members([
      'card.revoked',
      'card.expired',
      'card.service_card',
    ]);
  });

  it('open with their PIN, and only their owner can read the files', async () => {
    for (const { file, pin } of cards) {
      const pfx = await readFile(path.join(folder, file));
      expect(() => createSecureContext({ pfx, passphrase: pin }), file).to.not.throw();
    }
    for (const file of await readdir(folder)) {
      expect((await stat(path.join(folder, file))).mode & 0o077, file).to.equal(0);
    }
  });

  it('stay the same at the next start, while lists and the host’s certificate are renewed', async () => {
    const contentOf = async () =>
      new Map(
        await Promise.all(
          (await readdir(folder)).map(
            async file => [file, await readFile(path.join(folder, file), 'base64')] as const,
          ),
        ),
      );
    const before = await contentOf();
    clock.advance(3600);
    expect(await prepare()).to.deep.equal(cards);
    const after = await contentOf();
    const changed = [...after.keys()].filter(file => after.get(file) !== before.get(file));
    expect(changed.sort()).to.deep.equal(['fort.crl', 'host.pem', 'standard.crl']);
    expect([...after.keys()]).to.deep.equal([...before.keys()]);
  });
});
