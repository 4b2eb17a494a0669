import { createSigningKeys, oidcSection } from '#oidc/index.ts';
import { withServices } from './services.ts';
import { DONE, type Command } from './command.ts';

/** Running instances find the new key in the store; it signs once all of them publish it. */
export const rotateKeys: Command = context =>
  withServices(context, async services => {
    const { retiredKeySeconds } = services.config.of(oidcSection);
    const keys = createSigningKeys({ ...services, retiredSeconds: retiredKeySeconds });
    const { kid, signsAt } = await keys.rotate();
    context.output.out(
      `signing key ${kid} is published; it signs from ${new Date(signsAt * 1000).toISOString()} on, and the former one stays published for ${Math.round(retiredKeySeconds / 3600)} h after that`,
    );
    return DONE;
  });
