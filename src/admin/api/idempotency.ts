import { AppError, hashToken, isAppError, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import type { ApiAnswer } from './route.ts';

/** A request that was sent with a key, and what became of it. `id`: hash of client and key. */
interface KeyedRequest extends Doc {
  readonly requestHash: string;
  readonly startedAt: number;
  /** Absent while it is under way, and for ever when its end is not known. */
  readonly answer?: ApiAnswer;
  /** It failed in its middle. */
  readonly isUncertain?: boolean;
  readonly expiresAt: number;
}

const keyedRequestsSpec: CollectionSpec<KeyedRequest> = {
  name: 'admin_api_requests',
  version: 1,
  indexes: {},
  // People's names and addresses stand in answers.
  sealed: ['answer'],
};

const LIFE_SECONDS = 86_400;
/** No request of ours takes that long: after it, whoever began has died. */
const LONGEST_SECONDS = 120;

/**
 * SPEC: draft-ietf-httpapi-idempotency-key-header: a request with a key is done once, however often it is sent within
 * 24 hours. INVARIANT: at most once: after a crash in its middle, the same key never does it again.
 */
export interface Idempotency {
  /**
   * Throws `admin.idempotency_key_reused` (422) for another request with that key, `admin.request_under_way` (409) while
   * it is being done, `admin.outcome_unknown` (409) when it was cut short.
   */
  once(
    request: { readonly client: string; readonly key: string; readonly content: string },
    act: () => Promise<ApiAnswer>,
  ): Promise<{ readonly answer: ApiAnswer; readonly isReplay: boolean }>;
}

export function createIdempotency({
  store,
  clock,
}: {
  readonly store: Store;
  readonly clock: Clock;
}): Idempotency {
  const requests = store.collection(keyedRequestsSpec);

  async function begin(id: string, requestHash: string): Promise<KeyedRequest | null> {
    const now = clock.now();
    try {
      await requests.insert({ id, requestHash, startedAt: now, expiresAt: now + LIFE_SECONDS });
      return null;
    } catch (error) {
      if (!isAppError(error, 'store.conflict')) throw error;
      const before = await requests.get(id);
      // It ended between the two: refused, and taken back for another try.
      if (!before) throw underWay();
      return before;
    }
  }

  function replayOf(before: KeyedRequest, requestHash: string): ApiAnswer {
    if (before.requestHash !== requestHash) throw keyReused();
    if (before.answer) return before.answer;
    const isOver = before.isUncertain === true || clock.now() - before.startedAt > LONGEST_SECONDS;
    throw isOver ? outcomeUnknown() : underWay();
  }

  return {
    async once({ client, key, content }, act) {
      const id = hashToken(`${client}\n${key}`);
      const requestHash = hashToken(content);
      const before = await begin(id, requestHash);
      if (before) return { answer: replayOf(before, requestHash), isReplay: true };
      let answer: ApiAnswer;
      try {
        answer = await act();
      } catch (error) {
        // A refusal did nothing, and may be mended and sent again; a failure of ours may have done something.
        if (isAppError(error) && error.status < 500) await requests.remove(id);
        else await requests.update(id, request => ({ ...request, isUncertain: true }));
        throw error;
      }
      const { kept, ...rest } = answer;
      await requests.update(id, request => ({
        ...request,
        answer: kept === undefined ? rest : { ...rest, body: kept },
      }));
      return { answer, isReplay: false };
    },
  };
}

/** The key of the header: a quoted string (as the draft has it) or bare. Throws `admin.idempotency_key_invalid` (400). */
export function keyOf(header: string): string | undefined {
  if (header === '') return undefined;
  const [, quoted, bare] =
    /^(?:"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255}))$/u.exec(header) ?? [];
  const key = quoted ?? bare;
  if (key === undefined)
    throw new AppError({
      code: 'admin.idempotency_key_invalid',
      status: 400,
      publicMessage: 'La clé d’idempotence n’est pas lisible.',
      hint: 'Envoyez de 1 à 255 caractères ASCII, un UUID par exemple.',
    });
  return key;
}

function keyReused(): AppError {
  return new AppError({
    code: 'admin.idempotency_key_reused',
    status: 422,
    publicMessage: 'Cette clé d’idempotence a déjà servi à une autre demande.',
    hint: 'Prenez une clé nouvelle pour chaque demande nouvelle.',
  });
}

function underWay(): AppError {
  return new AppError({
    code: 'admin.request_under_way',
    status: 409,
    publicMessage: 'Cette même demande est en cours.',
    hint: 'Renvoyez-la dans un instant, avec la même clé.',
    retryAfterSeconds: 1,
  });
}

function outcomeUnknown(): AppError {
  return new AppError({
    code: 'admin.outcome_unknown',
    status: 409,
    publicMessage: 'Cette demande a été interrompue : elle a pu aboutir ou non.',
    hint: 'Vérifiez ce qu’il en est, puis recommencez s’il le faut avec une clé nouvelle.',
  });
}
