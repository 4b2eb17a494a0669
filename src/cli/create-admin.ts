import { randomId } from '#kernel/index.ts';
import { DONE, FAILED, MISUSED, type Command } from './command.ts';
import { withServices } from './services.ts';

/** The first regional administrator of a new service: whoever can run this command owns the machine already. */
export const createAdmin: Command = async context => {
  const [givenName, familyName, email, network, organisation] = context.args;
  if (!givenName || !familyName || !email || !network || !organisation) {
    context.output.err('usage: create-admin GIVEN_NAME FAMILY_NAME EMAIL NETWORK ORGANISATION');
    return MISUSED;
  }
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/u.test(email)) {
    context.output.err('the e-mail is no address: no code could reach this administrator');
    return MISUSED;
  }
  return withServices(context, async ({ directory, accounts }) => {
    if (!(await directory.networks.get(network)) || !(await directory.organisations.get(organisation))) {
      context.output.err(
        `no network \`${network}\` or no organisation \`${organisation}\`: import the region first`,
      );
      return FAILED;
    }
    const sub = `acc-${randomId(12)}`;
    const password = accounts.generatePassword();
    // ORDER: the professional first: an account without one can do nothing, and the command can be run again.
    await directory.professionals.insert({
      id: sub,
      status: 'active',
      givenName,
      familyName,
      email,
      specialties: [],
      nationalIds: [],
      memberships: [{ network, organisation, profile: 'administrateur_regional' }],
      delegations: [],
      branch: organisation,
    });
    const account = await accounts.create({
      sub,
      names: { givenName, familyName },
      password,
      mustChangePassword: true,
      actor: 'system',
      origin: 'create-admin',
    });
    context.output.out(
      `login: ${account.login}\nfirst password, to be changed at the first sign-in: ${password}`,
    );
    return DONE;
  });
};
