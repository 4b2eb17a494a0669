import type { Directory, Network, Professional } from '#directory/index.ts';
import type { Notify } from '#notify/index.ts';
import type { AccountRequest } from './request.ts';

/** The validators of networks: each has the part of a request that asks for their network. */
export interface Validators {
  /** The networks that a request asks for and whose validators can answer; the others are decided with the request. */
  networksOf(request: Pick<AccountRequest, 'answers'>): Promise<readonly string[]>;
  /** Tells the validators of each waiting part by e-mail. SECURITY: without a name; they read it after sign-in. */
  tell(request: AccountRequest): Promise<void>;
}

export function createValidators(deps: {
  readonly directory: Directory;
  readonly notify: Notify;
  /** The public address of the service. */
  readonly issuer: string;
}): Validators {
  const { directory, notify, issuer } = deps;

  /** Those who are there to answer: a network whose validators have all left does not keep requests waiting. */
  async function activeOf({ validators = [] }: Network): Promise<readonly Professional[]> {
    const people = await Promise.all(validators.map(sub => directory.professionals.get(sub)));
    return people.filter((person): person is Professional => person?.status === 'active');
  }

  return {
    async networksOf({ answers }) {
      const asked = await Promise.all(
        (answers.interests?.networks ?? []).map(id => directory.networks.get(id)),
      );
      const named = await Promise.all(
        asked.map(async network => (network && (await activeOf(network)).length > 0 ? [network.id] : [])),
      );
      return named.flat();
    },
    async tell({ id, life: { parts = {} } }) {
      for (const key of Object.keys(parts).filter(part => parts[part]?.state === 'waiting')) {
        const network = await directory.networks.get(key);
        for (const { id: sub, givenName, email } of network ? await activeOf(network) : []) {
          if (email === undefined) continue;
          await notify.send({
            channel: 'email',
            to: email,
            template: 'request-validate',
            data: { givenName, network: network?.name ?? key, address: `${issuer}/admin/requests/validate` },
            id: `request-validate:${id}:${key}:${sub}`,
          });
        }
      }
    },
  };
}
