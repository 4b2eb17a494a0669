/** Nobody sends a longer one within 10 MiB; what says more is not believed. */
const MOST = 9_999;

/**
 * How many pages a PDF says that it has; `undefined` where that cannot be read without opening what is packed in it.
 * For people who decide whether to download it: nothing relies on it.
 * SPEC: ISO 32000-1 §7.7.3.3 (page objects), §7.5.7 (object streams), annex F.2.2 (`N` of a linearized file).
 */
export function pdfPages(content: Buffer): number | undefined {
  const text = content.toString('latin1');
  const [, ofAll = ''] = /\/Linearized\b[^>]{0,300}?\/N\s+(\d{1,6})/u.exec(text.slice(0, 2_048)) ?? [];
  const found = ofAll !== '' ? Number(ofAll) : pagesIn(text);
  return found > 0 && found <= MOST ? found : undefined;
}

/** Zero where objects are packed: those that one sees are not all. */
function pagesIn(text: string): number {
  if (/\/ObjStm\b/u.test(text)) return 0;
  return text.match(/\/Type\s*\/Page(?![A-Za-z])/gu)?.length ?? 0;
}
