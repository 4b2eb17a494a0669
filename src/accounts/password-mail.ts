import type { Professional } from '#directory/index.ts';
import { frenchDateTime, type Clock } from '#kernel/index.ts';
import type { Notify } from '#notify/index.ts';

/** Tells the owner of an account that its password was changed, whoever did it; nothing for who has no address. */
export async function tellPasswordChanged(
  deps: { readonly notify: Notify; readonly clock: Clock },
  professional: Professional,
): Promise<void> {
  if (professional.email === undefined) return;
  await deps.notify.send({
    channel: 'email',
    to: professional.email,
    template: 'password-changed',
    data: { givenName: professional.givenName, at: frenchDateTime(deps.clock.nowMs()) },
  });
}
