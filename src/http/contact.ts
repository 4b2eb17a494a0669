import { escapeHtml } from './prose.ts';

const EMAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/u;
/** A French number as people write it, or an international one. */
const TELEPHONE = /(?:\+\d{1,3}|0)[\s.\u00a0\u202f]?\d(?:[\s.\u00a0\u202f]?\d{2}){4}/u;
const EITHER = new RegExp(`(${EMAIL.source})|(${TELEPHONE.source})`, 'gu');

/** A contact as HTML: the text escaped, its e-mail addresses and telephone numbers made into links. */
export function contact(text: string): string {
  let html = '';
  let end = 0;
  for (const found of text.matchAll(EITHER)) {
    const [match, email] = found;
    const href = email === undefined ? `tel:${match.replace(/[^+\d]/gu, '')}` : `mailto:${match}`;
    html += `${escapeHtml(text.slice(end, found.index))}<a href="${href}">${escapeHtml(match)}</a>`;
    end = found.index + match.length;
  }
  return html + escapeHtml(text.slice(end));
}
