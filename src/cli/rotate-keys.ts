import { createSigningKeys, oidcSection } from '#oidc/index.ts';
import { withServices } from './services.ts';
import { DONE, type Command } from './command.ts';

/** Running instances publish the new key within half a minute. */
export const rotateKeys: Command = context =>
  withServices(context, async services => {
    const { retiredKeySeconds } = services.config.of(oidcSection);
    const keys = createSigningKeys({ ...services, retiredSeconds: retiredKeySeconds });
    const kid = await keys.rotate();
    context.output.out(
      `signing key ${kid} signs within 30 s on every running instance; the former one stays published for ${Math.round(retiredKeySeconds / 3600)} h`,
    );
    return DONE;
  });
