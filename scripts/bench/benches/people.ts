import { refresh, signInAll } from '../harness/flows.ts';
import type { Subject } from '../harness/subject.ts';

/** What belongs to one virtual user. */
export function of<T>(things: readonly T[], worker: number): T {
  const thing = things[worker % things.length];
  if (thing === undefined) throw new TypeError('nothing was prepared for the virtual users');
  return thing;
}

/** One chain of refresh tokens per virtual user; `next` redeems the last one of the chain. */
export async function refreshChains(subject: Subject, count: number) {
  // Bare oidc-provider gives refresh tokens only with this prompt (OpenID Connect Core §11).
  const people = await signInAll(subject, count, {
    scope: 'openid profile offline_access',
    prompt: 'consent',
  });
  const last = people.map(({ tokens }) => refreshTokenOf(tokens));
  return {
    async next(worker: number): Promise<void> {
      last[worker] = refreshTokenOf(await refresh(subject, of(last, worker)));
    },
  };
}

function refreshTokenOf({ refreshToken }: { readonly refreshToken: string | undefined }): string {
  if (refreshToken === undefined) throw new Error('no refresh token was given');
  return refreshToken;
}
