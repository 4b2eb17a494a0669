import { isAppError } from '#kernel/index.ts';
import type { ResourceHandlers, Scimmy } from './library.ts';

/** The words of RFC 7644 §3.12 for refusals of ours; the others have none. */
const SCIM_TYPES: Readonly<Record<string, string>> = {
  'admin.invalid': 'invalidValue',
  'admin.national_id_taken': 'uniqueness',
  'accounts.login_taken': 'uniqueness',
  'store.conflict': 'uniqueness',
};

/**
 * A refusal in the library's own form: it hides what it does not know behind 404 and 400. Our stable code stands in the
 * detail; a failure of ours is kept as the cause.
 */
export function toScimError({ Types }: Scimmy, error: unknown): Error {
  if (error instanceof Types.Error) return error;
  if (!isAppError(error) || error.status >= 500)
    return Object.assign(new Types.Error(500, null as never, 'http.unexpected'), { cause: error });
  const { code, publicMessage, errors = [] } = error;
  // SPEC: RFC 7644 §3.12: what is wrong with a value is 400.
  const status = error.status === 422 ? 400 : error.status;
  const fields = errors.map(({ path, message }) => `${path}: ${message}`);
  const detail = [publicMessage, ...fields, `(${code})`].join(' ');
  return new Types.Error(status, (SCIM_TYPES[code] ?? null) as never, detail);
}

/** Runs what may refuse, so that the library sees refusals of its own form only. */
export async function inScim<T>(library: Scimmy, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw toScimError(library, error);
  }
}

/**
 * The same handlers; each failure of ours is handed over besides. For a bulk, whose answer is 200 whatever became of
 * its operations: the shell, which logs what fails, sees none of them.
 */
export function withFailuresNoted(
  handlers: ResourceHandlers,
  note: (failure: unknown) => void,
): ResourceHandlers {
  const noting = async <T>(act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      if (error instanceof Error && error.cause !== undefined) note(error.cause);
      throw error;
    }
  };
  return {
    read: id => noting(() => handlers.read(id)),
    write: (id, wanted, isWhole) => noting(() => handlers.write(id, wanted, isWhole)),
    remove: id => noting(() => handlers.remove(id)),
  };
}
