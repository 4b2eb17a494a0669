import type { SectionValues } from '#config/index.ts';
import { hashToken, randomId, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import type { Context } from 'koa';
import type { signinSection } from './section.ts';

interface KnownDevice extends Doc {
  /** `<hash of the device's cookie>:<account id>` */
  readonly id: string;
  readonly expiresAt: number;
}

const knownDevices: CollectionSpec<KnownDevice> = { name: 'signin_devices', version: 1, indexes: {} };

const DAY_SECONDS = 86_400;

/**
 * Devices on which a person has signed in before. Being known proves nothing and opens nothing: it only keeps
 * the counters of strangers apart, so that they cannot lock the person out.
 */
export interface Devices {
  /** The device's id when this account knows it. */
  known(ctx: Context, accountId: string | undefined): Promise<string | null>;
  /** Remembers this device for the account, and gives the browser its cookie. */
  remember(ctx: Context, accountId: string): Promise<void>;
}

export function createDevices(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly settings: SectionValues<typeof signinSection>;
  readonly isSecure: boolean;
}): Devices {
  const { clock, settings, isSecure } = deps;
  const devices = deps.store.collection(knownDevices);
  const cookieName = isSecure ? '__Host-trousseau_device' : 'trousseau_device';

  function deviceOf(ctx: Context): string | null {
    const cookie = ctx.cookies.get(cookieName);
    return cookie !== undefined && /^[A-Za-z0-9_-]{22}$/u.test(cookie) ? cookie : null;
  }

  return {
    async known(ctx, accountId) {
      const cookie = deviceOf(ctx);
      if (cookie === null) return null;
      // For nobody too: as many reads, and as long.
      const id = `${hashToken(cookie)}:${accountId ?? '-'}`;
      return (await devices.get(id)) ? id : null;
    },
    async remember(ctx, accountId) {
      const lifeSeconds = settings.deviceDays * DAY_SECONDS;
      const cookie = deviceOf(ctx) ?? randomId(16);
      ctx.cookies.set(cookieName, cookie, {
        httpOnly: true,
        sameSite: 'lax',
        secure: isSecure,
        path: '/',
        maxAge: lifeSeconds * 1000,
        overwrite: true,
      });
      const id = `${hashToken(cookie)}:${accountId}`;
      const expiresAt = clock.now() + lifeSeconds;
      const before = await devices.get(id);
      // A day more or less does not matter: one write a day, not one a sign-in.
      if (!before || before.expiresAt < expiresAt - DAY_SECONDS) await devices.put({ id, expiresAt });
    },
  };
}
