import { expect } from 'chai';
import { pdfPages } from '../../src/enrolment/pdf-pages.ts';

describe('the pages of a PDF', () => {
  const cases: readonly (readonly [words: string, source: string, pages: number | undefined])[] = [
    [
      'each page object, and not the tree of them',
      '<</Type/Pages/Kids[]>> <</Type /Page>> <</Type/Page/A 1>>',
      2,
    ],
    ['what a linearized file says, though it packs its objects', '<</Linearized 1/L 9/N 12>> /ObjStm', 12],
    ['nothing where objects are packed', '<</Type/Page>> <</Type/ObjStm>>', undefined],
    ['nothing where there is none', '%PDF-1.7', undefined],
    ['nothing where too many are claimed', '<</Linearized 1/N 999999>>', undefined],
  ];
  for (const [words, source, pages] of cases)
    it(`are ${words}`, () => {
      expect(pdfPages(Buffer.from(`%PDF-1.7\n${source}`))).to.equal(pages);
    });
});
