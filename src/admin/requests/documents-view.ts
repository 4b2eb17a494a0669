import { PROOF_LABELS, TYPE_LABELS, type AccountRequest } from '#enrolment/index.ts';

/** Pictures that are drawn again before anybody looks at them. */
const DRAWN: ReadonlySet<string> = new Set(['image/jpeg', 'image/png']);

/** The documents of a request, as a page lists them: what each is, and whether it is shown or only downloaded. */
export function shownDocuments({ proofs }: Pick<AccountRequest, 'proofs'>) {
  return proofs.map(({ id, kind, type, bytes, pages, addedAt, isScanned, gone }) => ({
    id,
    kind,
    label: PROOF_LABELS[kind],
    type: TYPE_LABELS[type],
    size: sizeWords(bytes),
    pages: pages ?? null,
    addedAtMs: addedAt * 1000,
    isScanned,
    gone: gone ?? null,
    isDrawn: DRAWN.has(type) && gone === undefined,
  }));
}

const KIBIBYTE = 1024;

function sizeWords(bytes: number): string {
  const kibibytes = Math.ceil(bytes / KIBIBYTE);
  if (kibibytes < KIBIBYTE) return `${kibibytes} Kio`;
  return `${(kibibytes / KIBIBYTE).toLocaleString('fr-FR', { maximumFractionDigits: 1 })} Mio`;
}
