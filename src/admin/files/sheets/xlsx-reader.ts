import { unzipSync } from 'fflate';
import { SaxesParser } from 'saxes';
import { BOUNDS, type FileProblem, type SheetRow } from './sheet.ts';

/**
 * The lines of the first sheet of an Excel workbook. Numbers keep all their digits, dates are written as `31/12/2026`,
 * a formula counts by the value that Excel last computed. SECURITY: only the parts that are needed are unfolded, within
 * the sizes that the archive declares; XML entities of one's own are refused by the parser.
 */
export function readXlsx(content: Buffer): readonly SheetRow[] | FileProblem {
  const frame = unfold(content, name => FRAME.has(name));
  if (frame === null) return 'too_large';
  const book = readBook(frame);
  const styles = frame.get('xl/styles.xml');
  const dates = styles === undefined ? new Set<number>() : dateStyles(styles);
  const sheets = unfold(content, name => name === book.firstSheet || name === SHARED);
  if (sheets === null) return 'too_large';
  const sheet = sheets.get(book.firstSheet);
  if (sheet === undefined) return 'broken';
  const shared = sharedStrings(sheets.get(SHARED));
  return sheetRows(sheet, { shared, dates, epochDays: book.epochDays });
}

const SHARED = 'xl/sharedStrings.xml';
const FRAME = new Set(['xl/workbook.xml', 'xl/_rels/workbook.xml.rels', 'xl/styles.xml']);

/** `null`: they declare to be more than any honest list. What lies about its size is cut there by the inflater. */
function unfold(content: Buffer, isWanted: (name: string) => boolean): Map<string, Uint8Array> | null {
  let total = 0;
  const files = unzipSync(content, {
    filter({ name, originalSize }) {
      if (!isWanted(name)) return false;
      total += originalSize;
      return total <= BOUNDS.unfoldedBytes;
    },
  });
  return total > BOUNDS.unfoldedBytes ? null : new Map(Object.entries(files));
}

type Attributes = Readonly<Record<string, string>>;

/** Runs through a part; names are told without their namespace prefix. */
function parseXml(
  part: Uint8Array,
  on: {
    readonly open?: (name: string, attributes: Attributes) => void;
    readonly text?: (text: string) => void;
    readonly close?: (name: string) => void;
  },
): void {
  const parser = new SaxesParser();
  const local = (name: string) => name.slice(name.indexOf(':') + 1);
  parser.on('error', error => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => on.open?.(local(name), attributes as Attributes));
  parser.on('text', text => on.text?.(text));
  parser.on('closetag', ({ name }) => on.close?.(local(name)));
  const decoder = new TextDecoder('utf-8');
  const STEP = 1024 * 1024;
  for (let at = 0; at < part.byteLength; at += STEP)
    parser.write(decoder.decode(part.subarray(at, at + STEP), { stream: true }));
  parser.close();
}

/** Days between Excel's day 0 and the first of January 1970; the other count of old Macs begins in 1904. */
const EPOCH_1900 = 25_569;
const EPOCH_1904 = 24_107;

function readBook(frame: ReadonlyMap<string, Uint8Array>): { firstSheet: string; epochDays: number } {
  let firstId: string | undefined;
  let epochDays = EPOCH_1900;
  parseXml(frame.get('xl/workbook.xml') ?? new Uint8Array(), {
    open(name, attributes) {
      if (name === 'sheet') firstId ??= attributes['r:id'] ?? attributes['id'];
      if (name === 'workbookPr' && /^(?:1|true)$/u.test(attributes['date1904'] ?? '')) epochDays = EPOCH_1904;
    },
  });
  let target = 'worksheets/sheet1.xml';
  parseXml(frame.get('xl/_rels/workbook.xml.rels') ?? new Uint8Array(), {
    open(name, attributes) {
      if (name === 'Relationship' && attributes['Id'] === firstId) target = attributes['Target'] ?? target;
    },
  });
  return { firstSheet: target.startsWith('/') ? target.slice(1) : `xl/${target}`, epochDays };
}

/** Formats of dates that every Excel knows by number (ECMA-376 §18.8.30). */
const isDateFormat = (id: number) => (id >= 14 && id <= 22) || (id >= 45 && id <= 47);

/** The numbers of the cell styles that show a date. */
function dateStyles(part: Uint8Array): ReadonlySet<number> {
  const ownFormats = new Map<number, boolean>();
  const found = new Set<number>();
  let isInCells = false;
  let index = 0;
  parseXml(part, {
    open(name, attributes) {
      const id = Number(attributes['numFmtId']);
      if (name === 'cellXfs') isInCells = true;
      if (name === 'numFmt') {
        // Quoted texts, colours and conditions are no letters of a date.
        const code = (attributes['formatCode'] ?? '').replace(/"[^"]*"|\[[^\]]*\]|\\./gu, '');
        ownFormats.set(id, /[dmy]/iu.test(code));
      }
      if (name !== 'xf' || !isInCells) return;
      if (ownFormats.get(id) ?? isDateFormat(id)) found.add(index);
      index += 1;
    },
    close(name) {
      if (name === 'cellXfs') isInCells = false;
    },
  });
  return found;
}

function sharedStrings(part: Uint8Array | undefined): readonly string[] {
  const strings: string[] = [];
  let text = '';
  let depth = 0;
  let isPhonetic = false;
  parseXml(part ?? new TextEncoder().encode('<sst/>'), {
    open(name) {
      if (name === 'si') text = '';
      if (name === 't') depth += 1;
      if (name === 'rPh') isPhonetic = true;
    },
    text(part) {
      if (depth > 0 && !isPhonetic && text.length < BOUNDS.cellLength) text += part;
    },
    close(name) {
      if (name === 't') depth -= 1;
      if (name === 'rPh') isPhonetic = false;
      if (name === 'si') strings.push(text);
    },
  });
  return strings;
}

function sheetRows(
  part: Uint8Array,
  about: {
    readonly shared: readonly string[];
    readonly dates: ReadonlySet<number>;
    readonly epochDays: number;
  },
): readonly SheetRow[] | FileProblem {
  const rows: SheetRow[] = [];
  let number = 0;
  let cells: string[] = [];
  let column = -1;
  let cell = { type: 'n', style: 0 };
  let text = '';
  let isValue = false;

  function valueOf(): string {
    const { type, style } = cell;
    if (type === 's') return about.shared[Number(text)] ?? '';
    if (type === 'b') return text === '1' ? 'oui' : 'non';
    if (type === 'n' && text !== '')
      return about.dates.has(style) ? dateOf(Number(text), about.epochDays) : numberOf(text);
    return type === 'e' ? '' : text;
  }

  parseXml(part, {
    open(name, attributes) {
      if (name === 'row') {
        number = Number(attributes['r'] ?? number + 1);
        cells = [];
        column = -1;
      } else if (name === 'c') {
        column = attributes['r'] === undefined ? column + 1 : columnOf(attributes['r']);
        cell = { type: attributes['t'] ?? 'n', style: Number(attributes['s'] ?? 0) };
        text = '';
      } else if (name === 'v' || name === 't') isValue = true;
    },
    text(more) {
      if (isValue && text.length < BOUNDS.cellLength) text += more;
    },
    close(name) {
      if (name === 'v' || name === 't') isValue = false;
      else if (name === 'c' && column >= 0 && column < BOUNDS.columns) {
        while (cells.length < column) cells.push('');
        cells[column] = valueOf().trim().slice(0, BOUNDS.cellLength);
      } else if (name === 'row' && rows.length <= BOUNDS.rows && cells.some(value => value !== ''))
        rows.push({ number, cells });
    },
  });
  return rows.length > BOUNDS.rows ? 'too_many_lines' : rows;
}

/** `AB12` → 27. */
function columnOf(place: string): number {
  const letters = /^[A-Z]{1,3}/u.exec(place)?.[0] ?? '';
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

/** 9.970036624E10 → 99700366240: an identifier that Excel took for a quantity. */
function numberOf(text: string): string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? String(value) : text;
}

function dateOf(days: number, epochDays: number): string {
  const date = new Date((days - epochDays) * 86_400_000);
  if (Number.isNaN(date.getTime())) return '';
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(date.getUTCDate())}/${two(date.getUTCMonth() + 1)}/${date.getUTCFullYear()}`;
}
