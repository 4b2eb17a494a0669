import { AppError } from '#kernel/index.ts';

/** `operation.backup_broken` (422): the file is no backup, is cut, or a byte of it was changed. Nothing was restored. */
export function broken(detail: string, cause?: unknown): AppError {
  return new AppError({
    code: 'operation.backup_broken',
    status: 422,
    publicMessage: 'Cette sauvegarde n’est pas utilisable.',
    detail,
    cause,
  });
}

/** `operation.unknown_key` (422): no key of `TROUSSEAU_SEAL_KEYS` has the name that the backup gives. */
export function unknownKey(id: string): AppError {
  return new AppError({
    code: 'operation.unknown_key',
    status: 422,
    publicMessage: 'La clé de cette sauvegarde n’est pas configurée.',
    detail: `the backup was sealed with the key \`${id}\`: add it to TROUSSEAU_SEAL_KEYS`,
  });
}

/** `operation.key_in_use` (409): the key seals, or is at hand, so that it is neither to be given up nor lost. */
export function keyInUse(id: string): AppError {
  return new AppError({
    code: 'operation.key_in_use',
    status: 409,
    publicMessage: 'Cette clé est en service.',
    detail: `the key \`${id}\` is in use: a disclosed one gives way first to another, put before it in TROUSSEAU_SEAL_KEYS of every instance; a lost one is not in it`,
  });
}
