import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { openTowns } from '../../src/enrolment/towns/towns.ts';

describe('the towns of a postcode', () => {
  let folder: string;
  before(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'trousseau-towns-'))));
  after(() => rm(folder, { recursive: true, force: true }));

  async function write(text: string): Promise<string> {
    const file = path.join(folder, 'towns.csv');
    await writeFile(file, text);
    return file;
  }

  it('come from the list of the product, several for one postcode, none for one that is nowhere', () => {
    const towns = openTowns();
    expect(towns.of('37000')).to.deep.equal(['Tours']);
    expect(towns.of('37150').length).to.be.greaterThan(1);
    expect(towns.of('00000')).to.deep.equal([]);
    expect(towns.of('__proto__')).to.deep.equal([]);
  });

  it('come from a list of one’s own, with remarks, empty lines and any end of line', async () => {
    const towns = openTowns(await write('# remark\r\n37000;Tours\r\n\n37000;Saint-Symphorien\n'));
    expect(towns.of('37000')).to.deep.equal(['Tours', 'Saint-Symphorien']);
    expect(towns.of('75001')).to.deep.equal([]);
  });

  it('are refused at once for a list of another form, or that is not there', async () => {
    for (const text of ['Tours;37000', '37000,Tours', '3700;Tours', '37000;', '37000;To\u0007urs', 'x'])
      expect(() => openTowns(`${folder}/towns.csv`), await write(text)).to.throw(TypeError);
    expect(() => openTowns(path.join(folder, 'none.csv'))).to.throw('ENOENT');
  });
});
