import { isAppError } from '#kernel/index.ts';
import { errors } from 'oidc-provider';

/** What the protocol answers to something that oidc-provider did not expect. */
export interface Failure {
  readonly status: number;
  /** SPEC: RFC 6749 §4.1.2.1 and §5.2 name the errors; `temporarily_unavailable` is answered by every endpoint here. */
  readonly error: string;
  readonly description: string;
  readonly retryAfterSeconds?: number;
  /** The service failed, not whoever asked: the operator must know. */
  readonly isOurs: boolean;
}

const RETRY_AFTER_SECONDS = 5;

/** SECURITY: tells nothing of what failed; the log does, under the request's reference. */
export function failureOf(error: unknown): Failure {
  if (error instanceof errors.OIDCProviderError && error.expose) {
    const { statusCode: status, error: name, error_description: description = name } = error;
    return { status, error: name, description, isOurs: false };
  }
  if (isAppError(error) && error.status === 503) {
    return {
      status: 503,
      error: 'temporarily_unavailable',
      description: 'nothing was done: try again later',
      retryAfterSeconds: error.retryAfterSeconds ?? RETRY_AFTER_SECONDS,
      isOurs: true,
    };
  }
  return {
    status: 500,
    error: 'server_error',
    description: 'the request failed on the side of the service',
    isOurs: true,
  };
}
