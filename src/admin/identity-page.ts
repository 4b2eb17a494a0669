import { AppError } from '#kernel/index.ts';
import type { AdminContext, Feature } from './context.ts';

export const IDENTITY_PATH = '/admin/identity';

/** Less than the rules ask of any act: whoever comes back from the sign-in has proved who they are within seconds. */
const FRESH_SECONDS = 60;

/**
 * `/admin/identity`: a fresh sign-in in a tab of its own, for whoever has a form open in another one whose act was refused
 * because theirs had grown old. Changes nothing.
 */
export function createIdentityPage({
  http,
  desk,
  clock,
}: Pick<AdminContext, 'http' | 'desk' | 'clock'>): Feature {
  return {
    mount(routes) {
      routes.get(IDENTITY_PATH, ctx =>
        desk.open(ctx, async ({ session }) => {
          // The desk leads to the sign-in, and back here.
          if (clock.now() - session.authTime > FRESH_SECONDS) throw tooOld();
          await http.render(ctx, 'admin/identity', {});
        }),
      );
    },
  };
}

function tooOld(): AppError {
  return new AppError({
    code: 'admin.authentication_too_old',
    status: 403,
    publicMessage: 'Votre identité est à confirmer.',
  });
}
