import { crc32, deflateSync } from 'node:zlib';
import { expect } from 'chai';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { systemClock } from '#kernel/index.ts';
import { createLogos, MAX_LOGO_BYTES, type Logo, type Logos } from '../../src/admin/logos/index.ts';
import { openTestStore, type TestStore } from '../support/store.ts';
import { pngOf } from '../support/pictures.ts';

describe('a logo', () => {
  let store: TestStore;
  let logos: Logos;
  before(async () => {
    store = await openTestStore();
    logos = createLogos({ store, clock: systemClock });
  });
  after(() => store.destroy());

  async function drawn(content: Buffer): Promise<Logo> {
    const logo = await logos.draw(content);
    if (typeof logo === 'string') throw new Error(logo);
    return logo;
  }

  it('is drawn again within 512 × 256, its proportions kept, and nothing of the file stays', async () => {
    const secret = 'planted-in-a-text-chunk';
    const whole = pngOf(1000, 250);
    const end = whole.length - 12;
    const file = Buffer.concat([
      whole.subarray(0, end),
      chunk('tEXt', Buffer.from(secret)),
      whole.subarray(end),
    ]);
    const logo = await drawn(file);
    expect([logo.width, logo.height]).to.deep.equal([512, 128]);
    const served = Buffer.from(logo.png, 'base64');
    expect(PNG.sync.read(served).width).to.equal(512);
    expect(served.includes(secret)).to.equal(false);
    expect(logo.id).to.match(/^[0-9a-f]{64}$/u);
  });

  it('of JPEG becomes PNG, and a small one keeps its size', async () => {
    const data = Buffer.alloc(40 * 20 * 4, 200);
    const logo = await drawn(jpeg.encode({ data, width: 40, height: 20 }, 90).data);
    expect([logo.width, logo.height]).to.deep.equal([40, 20]);
  });

  it('that is the same picture has the same name', async () => {
    expect((await drawn(pngOf(20, 10))).id).to.equal((await drawn(pngOf(20, 10))).id);
  });

  it('is not SVG, HTML, GIF or text, whatever it is called', async () => {
    for (const text of [
      '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
      '<!doctype html><script>1</script>',
      'GIF89a…',
      'x',
    ])
      expect(await logos.draw(Buffer.from(text))).to.equal('format');
  });

  it('is refused when it is cut short, or is PNG in its first bytes only', async () => {
    const whole = pngOf(100, 100);
    expect(await logos.draw(whole.subarray(0, whole.length / 2))).to.equal('broken');
    expect(await logos.draw(Buffer.concat([whole.subarray(0, 8), Buffer.from('<script>')]))).to.equal(
      'broken',
    );
    expect(await logos.draw(Buffer.from('ffd8ffe000104a46', 'hex'))).to.equal('broken');
  });

  it('is refused when it has too many pixels, before they are unfolded', async () => {
    expect(await logos.draw(headerOnly(50_000, 50_000))).to.equal('too_many_pixels');
    expect(await logos.draw(Buffer.alloc(MAX_LOGO_BYTES + 1))).to.equal('too_many_pixels');
    const wide = jpeg.encode({ data: Buffer.alloc(8 * 8 * 4), width: 8, height: 8 }, 10).data;
    // Its frame header says so: marker, length, precision, then height and width.
    const frame = wide.indexOf('ffc0', 0, 'hex');
    wide.writeUInt16BE(2000, frame + 5);
    wide.writeUInt16BE(2100, frame + 7);
    expect(await logos.draw(wide)).to.equal('too_many_pixels');
  }).timeout(10_000);

  it('is refused when a small interlaced picture unfolds into a bomb', async function () {
    // The bound is ours, the machine is shared: an unlucky pause of the whole process is not a failure.
    this.retries(2);
    const bomb = deflateSync(Buffer.alloc(100_000_000), { level: 1 });
    expect(bomb.byteLength).to.be.lessThan(MAX_LOGO_BYTES);
    const startedMs = performance.now();
    expect(await logos.draw(headerOnly(16, 16, bomb, 1))).to.equal('broken');
    expect(performance.now() - startedMs).to.be.lessThan(2_000);
  }).timeout(10_000);

  it('does not hold the event loop up while it is drawn', async () => {
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 5);
    await drawn(
      PNG.sync.write(
        Object.assign(new PNG({ width: 2000, height: 1900 }), { data: Buffer.alloc(2000 * 1900 * 4) }),
        { deflateLevel: 1, filterType: 0 },
      ),
    );
    clearInterval(timer);
    expect(ticks).to.be.greaterThan(5);
  }).timeout(10_000);
});

/** A PNG with such a header and such packed pixels. */
function headerOnly(
  width: number,
  height: number,
  packed = deflateSync(Buffer.alloc(100)),
  interlace = 0,
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6, 0, 0, interlace], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', packed),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
