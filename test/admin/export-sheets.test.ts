import { expect } from 'chai';
import { strToU8, zipSync } from 'fflate';
import { readCsv } from '../../src/admin/files/sheets/csv-reader.ts';
import { writeCsv } from '../../src/admin/files/sheets/csv-writer.ts';
import { createSheetReader } from '../../src/admin/files/sheets/reader.ts';
import { withFormulaRestored, withoutFormula, type Column } from '../../src/admin/files/sheets/table.ts';
import { writeXlsx } from '../../src/admin/files/sheets/xlsx-writer.ts';

type Row = readonly (string | number | null)[];
const columns: readonly Column<Row>[] = ['Nom', 'Numéro', 'Note'].map((title, index) => ({
  title,
  value: row => row[index],
}));

async function bytesOf(parts: AsyncIterable<string | Uint8Array>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const part of parts) all.push(Buffer.from(part as string));
  return Buffer.concat(all);
}

const reader = createSheetReader();

async function rowsOf(content: Buffer) {
  const read = await reader.read(content);
  if ('problem' in read) throw new Error(read.problem);
  return read.rows;
}

/** Read here: what a worker does for each file costs more than these files. */
function cellsOfCsv(content: Buffer) {
  const rows = readCsv(content);
  return typeof rows === 'string' ? rows : rows.map(({ cells }) => cells);
}

const cellsOf = async (content: Buffer) => (await rowsOf(content)).map(({ cells }) => cells);

async function problemOf(content: Buffer) {
  const read = await reader.read(content);
  return 'problem' in read ? read.problem : read.rows.length;
}

describe('files of lists', () => {
  const rows: Row[] = [
    ['Élodie « Œuf » d’Été', '99700366240', 3],
    ['a;b "c"\nd', '0612345678', null],
  ];

  it('are read as they were written, CSV and XLSX', async () => {
    for (const write of [writeCsv, writeXlsx] as const) {
      const cells = await cellsOf(await bytesOf(write(columns, rows)));
      expect(cells[0]).to.deep.equal(['Nom', 'Numéro', 'Note']);
      expect(cells[1]).to.deep.equal(['Élodie « Œuf » d’Été', '99700366240', '3']);
      expect(cells[2]?.slice(0, 2)).to.deep.equal(['a;b "c"\nd', '0612345678']);
    }
  });

  it('hold thousands of lines', async () => {
    const many = Array.from({ length: 3000 }, (_, index) => [`Nom ${index}`, index, null]);
    for (const write of [writeCsv, writeXlsx] as const) {
      const cells = await cellsOf(await bytesOf(write(columns, many)));
      expect(cells).to.have.length(3001);
      expect(cells[3000]?.slice(0, 2)).to.deep.equal(['Nom 2999', '2999']);
    }
  });

  it('never give a formula to a spreadsheet, in CSV by an apostrophe, in XLSX as text', async () => {
    const wicked = ['=1+1', '+33 6', '-2', '@SUM(A1)', '\t=1', '\r=1', '＝1+1'];
    const csv = (await bytesOf(writeCsv([{ title: 't', value: (text: string) => text }], wicked))).toString();
    for (const text of wicked) expect(csv).to.include(`"'${text}"`);
    const xlsx = await bytesOf(writeXlsx([{ title: 't', value: (text: string) => text }], ['=1+1']));
    expect(xlsx.includes('<f>')).to.equal(false);
    expect(await cellsOf(xlsx)).to.deep.equal([['t'], ['=1+1']]);
  });

  it('say the same when a file of ours comes back', () => {
    for (const text of ['+33612345678', '=1', "'quoted'", 'd’Été', "'"])
      expect(withFormulaRestored(withoutFormula(text))).to.equal(text);
  });

  it('are read in every encoding that Excel writes, with every separator', async () => {
    const text = (separator: string) => `Nom${separator}Prénom\r\nLéœil${separator}Zoë\r\n`;
    const expected = [
      ['Nom', 'Prénom'],
      ['Léœil', 'Zoë'],
    ];
    for (const separator of [';', ',', '\t']) {
      const utf16be = Buffer.from(`\uFEFF${text(separator)}`, 'utf16le').swap16();
      for (const content of [
        Buffer.from(text(separator)),
        Buffer.from(`\uFEFF${text(separator)}`),
        Buffer.from(`\uFEFF${text(separator)}`, 'utf16le'),
        Buffer.from(text(separator), 'utf16le'),
        utf16be,
        // Windows-1252: œ is 0x9C, é 0xE9, ë 0xEB.
        Buffer.from(text(separator).replaceAll('œ', '\u009C'), 'latin1'),
        Buffer.from(`sep=${separator}\r\n${text(separator)}`),
      ])
        expect(cellsOfCsv(content)).to.deep.equal(expected);
    }
  });

  it('keep the numbers of their lines where some are empty', async () => {
    const rows = await rowsOf(Buffer.from('Nom;Prénom\n;\n\nDurand;Luc\n'));
    expect(rows.map(({ number }) => number)).to.deep.equal([1, 4]);
  });

  it('show numbers with all their digits and dates as dates, whatever Excel made of them', async () => {
    const book = workbook(
      '<row r="2"><c r="A2"><v>9.970036624E10</v></c><c r="B2" s="1"><v>46387</v></c><c r="D2" t="s"><v>0</v></c><c r="E2" t="b"><v>1</v></c><c r="F2" t="e"><v>#REF!</v></c><c r="G2" t="str"><f>1+1</f><v>deux</v></c></row>',
    );
    expect(await rowsOf(book)).to.deep.equal([
      { number: 2, cells: ['99700366240', '31/12/2026', '', 'partagé', 'oui', '', 'deux'] },
    ]);
  });

  it('are refused when they are something else, unfold without end or hold too many lines', async () => {
    expect(await problemOf(Buffer.from('89504e470d0a1a0a0000', 'hex'))).to.equal('format');
    expect(await problemOf(Buffer.from('d0cf11e0a1b11ae10000', 'hex'))).to.equal('old_excel');
    expect(await problemOf(Buffer.from(`PK\u0003\u0004 and nothing more`))).to.equal('broken');
    expect(await problemOf(Buffer.from('a;b\n'.repeat(10_011)))).to.equal('too_many_lines');
    expect(await problemOf(workbook(' '.repeat(100 * 1024 * 1024)))).to.equal('too_large');
    expect(await problemOf(Buffer.alloc(5 * 1024 * 1024 + 1, 'a'))).to.equal('too_large');
  });

  it('cannot say a size that is not theirs, nor bring entities of their own', async () => {
    const bomb = workbook(
      `<row r="1"><c r="A1" t="inlineStr"><is><t>${'x'.repeat(2_000_000)}</t></is></c></row>`,
    );
    // The size that the archive's index tells of every part: a lie.
    for (
      let at = bomb.indexOf('PK\u0001\u0002', 0, 'latin1');
      at >= 0;
      at = bomb.indexOf('PK\u0001\u0002', at + 1, 'latin1')
    )
      if (bomb.readUInt32LE(at + 24) > 1_000_000) bomb.writeUInt32LE(100, at + 24);
    expect(await problemOf(bomb)).to.equal('broken');
    const entity = workbook(
      '<row r="1"><c r="A1" t="str"><v>&x;</v></c></row>',
      '<!DOCTYPE x [<!ENTITY x "y">]>',
    );
    expect(await problemOf(entity)).to.equal('broken');
  });
});

function workbook(rows: string, doctype = ''): Buffer {
  const parts = {
    'xl/workbook.xml':
      '<workbook xmlns:r="r"><sheets><sheet name="a" sheetId="1" r:id="rId7"/></sheets></workbook>',
    'xl/_rels/workbook.xml.rels':
      '<Relationships><Relationship Id="rId7" Target="worksheets/liste.xml"/></Relationships>',
    'xl/styles.xml':
      '<styleSheet><numFmts><numFmt numFmtId="170" formatCode="dd/mm/yyyy"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>',
    'xl/sharedStrings.xml': '<sst><si><r><t>par</t></r><r><t>tagé</t></r></si></sst>',
    'xl/worksheets/liste.xml': `${doctype}<worksheet><sheetData>${rows}</sheetData></worksheet>`,
  };
  return Buffer.from(
    zipSync(Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, strToU8(text)])), {
      level: 1,
    }),
  );
}
