import { expect } from 'chai';
import fc from 'fast-check';
import { renderProse } from '../../src/http/prose.ts';

describe('prose', () => {
  it('makes headings, paragraphs, lists, bold and links', () => {
    const text =
      '# Titre\nUn **mot**\nsuite\n\nLes règles :\n- une\n- deux\n  suite\n\n1. a\n2) b\n\n[ARS](https://ars.example)';
    expect(renderProse(text)).to.equal(
      [
        '<h2>Titre</h2>',
        '<p>Un <strong>mot</strong><br>suite</p>',
        '<p>Les règles :</p>\n<ul><li>une</li><li>deux suite</li></ul>',
        '<ol><li>a</li><li>b</li></ol>',
        '<p><a href="https://ars.example" rel="noreferrer">ARS</a></p>',
      ].join('\n'),
    );
  });

  it('never makes a link that runs something', () => {
    expect(renderProse('[x](javascript:alert(1)) [y](data:text/html,z)')).to.not.include('<a');
  });

  it('makes no element but its own, whatever the text', () => {
    const piece = fc.constantFrom(
      '<script>',
      '"',
      "'",
      '&',
      '**',
      '# ',
      '- ',
      '1. ',
      '\n',
      '\n\n',
      '[a](https://b',
      ')',
      'c',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), pieces => {
        const elements = renderProse(pieces.join('')).match(/<[^>]*>/gu) ?? [];
        for (const element of elements) {
          expect(element).to.match(
            /^<\/?(?:p|h[2-4]|ul|ol|li|strong|br|a)(?: href="[^"<>]*" rel="noreferrer")?>$/u,
          );
        }
      }),
    );
  });
});
