import { hashToken, AppError } from '#kernel/index.ts';

/** A strong validator (RFC 9110 §8.8.3) of what this caller is shown: equal text, equal tag. */
export function etagOf(representation: object): string {
  return `"${hashToken(JSON.stringify(representation)).slice(0, 22)}"`;
}

/**
 * SPEC: RFC 9110 §13.1.1: strong comparison with each of the list. Throws `admin.version_needed` (428, RFC 6585 §3)
 * without the header, `admin.version_changed` (412) when none matches.
 */
export function requireMatch(ifMatch: string, current: () => string): void {
  if (ifMatch === '') throw versionNeeded();
  if (ifMatch.trim() !== '*' && !tagsOf(ifMatch).includes(current())) throw versionChanged();
}

/** SPEC: RFC 9110 §13.1.2: weak comparison. */
export function isUnchanged(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch.trim() === '*') return true;
  return tagsOf(ifNoneMatch)
    .map(tag => tag.replace(/^W\//u, ''))
    .includes(etag);
}

function tagsOf(header: string): readonly string[] {
  return header.match(/(?:W\/)?"[\x21\x23-\x7e]*"/gu) ?? [];
}

export function versionNeeded(): AppError {
  return new AppError({
    code: 'admin.version_needed',
    status: 428,
    publicMessage: 'Dites quelle version vous modifiez.',
    hint: 'Lisez l’élément, puis renvoyez son ETag dans l’en-tête If-Match.',
  });
}

export function versionChanged(): AppError {
  return new AppError({
    code: 'admin.version_changed',
    status: 412,
    publicMessage: 'Cet élément a changé depuis que vous l’avez lu.',
    hint: 'Relisez-le, puis recommencez s’il y a lieu.',
  });
}
