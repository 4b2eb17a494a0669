/** Markup that is safe to write as it stands. */
export class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
}

type Piece = string | number | Html | readonly Html[] | undefined;

/** A template whose values are escaped, unless they are `Html` themselves. */
export function html(strings: TemplateStringsArray, ...values: readonly Piece[]): Html {
  return new Html(strings.reduce((page, part, index) => page + write(values[index - 1]) + part));
}

function write(value: Piece): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.markup;
  if (typeof value === 'object') return value.map(item => item.markup).join('');
  return String(value).replace(/[&<>"']/gu, character => `&#${character.charCodeAt(0)};`);
}
