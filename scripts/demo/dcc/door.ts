import type { Context } from 'koa';
import { refusalPage } from './refusal-page.ts';
import type { Person, Session, Sessions } from './sessions.ts';
import type { Refusal } from './verdict.ts';

/** A session in which somebody has signed in. */
export type Signed = Session & { person: Person };

export type Door = ReturnType<typeof createDoor>;

/** What every page behind the sign-in does first, and what it does when the decision point says no. */
export function createDoor(sessions: Sessions) {
  return {
    /** The session of a person who has signed in; anybody else is sent to sign in, and comes back here after. */
    signedIn(ctx: Context): Signed | undefined {
      const session = sessions.find(ctx);
      if (session !== undefined && isSigned(session)) return session;
      const returnTo = ctx.method === 'GET' ? ctx.path : '/patients';
      ctx.redirect(`/sign-in?${new URLSearchParams({ return_to: returnTo })}`);
      if (ctx.method !== 'GET') ctx.status = 303;
      return undefined;
    },

    refuse(
      ctx: Context,
      session: Signed,
      verdict: Refusal,
      where: { readonly returnTo: string; readonly emergencyAt?: string },
    ): void {
      // The provider ended the session without our being told yet: ours ends too.
      if (verdict.help.kind === 'sign-in-again') sessions.end(ctx, session);
      ctx.status = verdict.help.kind === 'try-later' ? 503 : 403;
      ctx.body = refusalPage(session, verdict, where);
    },
  };
}

const isSigned = (session: Session): session is Signed => session.person !== undefined;
