/** One field of an API request that is refused. */
export interface FieldError {
  /** Members joined by dots, `body` for the whole of it; `path.…` and `query.…` for what stands in the address. */
  readonly path: string;
  /** Stable, unlike the sentence. */
  readonly code: string;
  /** One French sentence that quotes nothing of what was sent. */
  readonly message: string;
}

/** What an `AppError` is made of. `code` is API and never changes; texts may. */
export interface AppErrorInit {
  /** Stable machine code, `<module>.<noun>` or an OAuth error name; callers and tests rely on it. */
  readonly code: string;
  /** HTTP status that `http/` answers with. 5xx never shows more than a reference. */
  readonly status: number;
  /** One French sentence for the person who reads the page. No secret, no patient, no account state. */
  readonly publicMessage: string;
  /** What the person may do about it, in French. */
  readonly hint?: string;
  /** For the log only. */
  readonly detail?: string;
  /** Seconds, sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** What a form has to correct: name of the field → sentence. */
  readonly fields?: Readonly<Record<string, string>>;
  /** What is wrong with an API request, field by field. */
  readonly errors?: readonly FieldError[];
  readonly cause?: unknown;
}

/** A refusal or a failure with a stable code, rendered once in `http/`. Expected outcomes are return values instead. */
export class AppError extends Error {
  readonly code: string;
  readonly status: number;
  readonly publicMessage: string;
  readonly hint: string | undefined;
  readonly detail: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly fields: Readonly<Record<string, string>> | undefined;
  readonly errors: readonly FieldError[] | undefined;
  /** Koa's own convention: a 4xx text may be shown. */
  readonly expose: boolean;

  constructor(init: AppErrorInit) {
    super(
      init.detail === undefined ? init.code : `${init.code}: ${init.detail}`,
      init.cause === undefined ? undefined : { cause: init.cause },
    );
    this.name = 'AppError';
    this.code = init.code;
    this.status = init.status;
    this.publicMessage = init.publicMessage;
    this.hint = init.hint;
    this.detail = init.detail;
    this.retryAfterSeconds = init.retryAfterSeconds;
    this.fields = init.fields;
    this.errors = init.errors;
    this.expose = init.status < 500;
  }
}

/** True when `error` is an `AppError`, of that code when one is given. */
export function isAppError(error: unknown, code?: string): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}
