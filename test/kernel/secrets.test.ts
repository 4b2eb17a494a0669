import { expect } from 'chai';
import fc from 'fast-check';
import { createSealer, isAppError, type Sealer, type SealingKey } from '#kernel/index.ts';

function key(id: string, byte: number): SealingKey {
  return { id, key: new Uint8Array(32).fill(byte) };
}

function opens(sealer: Sealer, sealed: string, place: string): boolean {
  try {
    sealer.open(sealed, place);
    return true;
  } catch (error) {
    if (isAppError(error, 'kernel.seal_broken')) return false;
    throw error;
  }
}

describe('sealed secrets', () => {
  const sealer = createSealer([key('k1', 1)]);

  it('open to what was sealed, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (plain, place) => {
        expect(sealer.open(sealer.seal(plain, place), place)).to.equal(plain);
      }),
    );
  });

  it('do not open in another place', () => {
    expect(opens(sealer, sealer.seal('hash', 'accounts/a/passwordHash'), 'accounts/b/passwordHash')).to.equal(
      false,
    );
  });

  it('do not open with another key of the same name', () => {
    expect(opens(createSealer([key('k1', 2)]), sealer.seal('hash', 'x'), 'x')).to.equal(false);
  });

  it('do not open when any character was changed', () => {
    const sealed = sealer.seal('secret', 'x');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: sealed.length - 1 }), at => {
        const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
        // The last character of base64url may hold unused bits: then the bytes are the same.
        const [body, before] = [changed, sealed].map(text =>
          Buffer.from(text.split('.').at(-1) ?? '', 'base64url'),
        );
        fc.pre(at < sealed.lastIndexOf('.') || body?.equals(before ?? Buffer.alloc(0)) === false);
        expect(opens(sealer, changed, 'x')).to.equal(false);
      }),
    );
  });

  it('do not open when cut or made up', () => {
    for (const text of ['', 's1', 's1.k1..', 's1.k1.AAAA.AAAA', sealer.seal('a', 'x').slice(0, -4)]) {
      expect(opens(sealer, text, 'x'), text).to.equal(false);
    }
  });

  it('stay readable after a rotation, and are sealed with the newest key', () => {
    const rotated = createSealer([key('k2', 2), key('k1', 1)]);
    expect(rotated.open(sealer.seal('old', 'x'), 'x')).to.equal('old');
    expect(rotated.seal('new', 'x')).to.match(/^s1\.k2\./u);
    expect(opens(sealer, rotated.seal('new', 'x'), 'x')).to.equal(false);
  });

  it('never look the same twice', () => {
    expect(sealer.seal('a', 'x')).not.to.equal(sealer.seal('a', 'x'));
  });

  it('refuse keys that are none', () => {
    expect(() => createSealer([])).to.throw(TypeError);
    expect(() => createSealer([{ id: 'K 1', key: new Uint8Array(32) }])).to.throw(TypeError);
    expect(() => createSealer([{ id: 'k1', key: new Uint8Array(16) }])).to.throw(TypeError);
  });

  it('derive one key per purpose, stable for the newest key', () => {
    expect(sealer.derive('a')).to.have.length(32);
    expect(sealer.derive('a')).to.deep.equal(createSealer([key('k1', 1), key('k0', 0)]).derive('a'));
    expect(sealer.derive('a')).not.to.deep.equal(sealer.derive('b'));
  });
});
