/**
 * The little of Markdown that a règlement needs: headings, paragraphs, lists, bold, links. Everything is escaped
 * first and only these marks become elements, so that a text from a region file can never bring its own HTML.
 */
export function renderProse(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .split(/\n[ \t]*\n+/u)
    .map(block => block.trim())
    .filter(block => block !== '')
    .flatMap(blocksOf)
    .join('\n');
}

const HEADING = /^(#{1,4})[ \t]+(.+?)[ \t]*#*$/u;
const BULLET = /^[ \t]*[-*•][ \t]+/u;
const NUMBERED = /^[ \t]*\d{1,3}[.)][ \t]+/u;

/** A heading may stand directly above its paragraph: it is a block of its own. */
function blocksOf(block: string): string[] {
  const [first = '', ...rest] = block.split('\n');
  const heading = HEADING.exec(first);
  if (!heading) return [listOrParagraph(block.split('\n'))];
  // The page's own title is the only h1.
  const level = Math.min((heading[1] ?? '').length + 1, 4);
  const title = `<h${level}>${inline(heading[2] ?? '')}</h${level}>`;
  return rest.length === 0 ? [title] : [title, ...blocksOf(rest.join('\n').trim())];
}

function listOrParagraph(lines: readonly string[]): string {
  for (const [mark, tag] of [
    [BULLET, 'ul'],
    [NUMBERED, 'ol'],
  ] as const) {
    const start = lines.findIndex(line => mark.test(line));
    if (start === -1) continue;
    const intro = start === 0 ? '' : `<p>${inline(lines.slice(0, start).join('\n'))}</p>\n`;
    const items = itemsOf(lines.slice(start), mark).map(item => `<li>${inline(item)}</li>`);
    return `${intro}<${tag}>${items.join('')}</${tag}>`;
  }
  return `<p>${inline(lines.join('\n'))}</p>`;
}

/** A line without a mark goes on with the item above it. */
function itemsOf(lines: readonly string[], mark: RegExp): string[] {
  const items: string[] = [];
  for (const line of lines) {
    if (mark.test(line)) items.push(line.replace(mark, ''));
    else items.push(`${items.pop() ?? ''} ${line.trim()}`);
  }
  return items;
}

function inline(text: string): string {
  return escapeHtml(text)
    .replace(/\*\*(?=\S)([^*]+?)\*\*/gu, '<strong>$1</strong>')
    .replace(
      // SECURITY: only addresses that can do nothing but be opened; `javascript:` and `data:` stay text.
      /\[([^\][]+)\]\((https:\/\/[^\s()<>]+|mailto:[^\s()<>]+)\)/gu,
      '<a href="$2" rel="noreferrer">$1</a>',
    )
    .replaceAll('\n', '<br>');
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
