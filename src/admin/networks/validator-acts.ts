import type { Directory } from '#directory/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act } from '../acts/act.ts';
import { conflict, notFound } from '../acts/refusals.ts';
import { idField } from '../people/fields.ts';

const input = z.strictObject({ id: idField, sub: idField });

type Input = z.output<typeof input>;

/** Those who answer for a network when somebody asks for an account in it. */
export interface ValidatorActs {
  readonly add: Act<Input, void>;
  readonly remove: Act<Input, void>;
}

/** More than anybody would ask. */
const MOST = 20;

export function createValidatorActs({
  directory: { networks, professionals },
}: {
  readonly directory: Directory;
}): ValidatorActs {
  async function validatorsOf(id: string): Promise<readonly string[]> {
    const network = await networks.get(id);
    if (!network) throw notFound();
    return network.validators ?? [];
  }

  const setValidators = (id: string, change: (validators: readonly string[]) => readonly string[]) =>
    networks.update(id, network => ({ ...network, validators: change(network.validators ?? []) }));

  return {
    add: {
      name: 'network.add_validator',
      type: 'network',
      action: 'update',
      title: 'Désigner un valideur',
      event: defineActEvent('admin.validator.added', 'Valideur d’un réseau désigné'),
      schema: input,
      about: ({ id }) => ({ id }),
      // SECURITY: a person who is not to be seen is answered as an unknown one.
      alsoAbout: ({ sub }) => [{ type: 'account', action: 'read', id: sub }],
      async plan({ id, sub }) {
        const [validators, person] = await Promise.all([validatorsOf(id), professionals.get(sub)]);
        if (!person) throw notFound();
        if (person.status !== 'active')
          throw conflict('admin.account_inactive', {
            publicMessage: 'Le compte de cette personne n’est pas actif.',
          });
        if (validators.length >= MOST && !validators.includes(sub))
          throw conflict('admin.too_many_validators', {
            publicMessage: `Un réseau a ${MOST} valideurs au plus.`,
          });
        return {
          account: sub,
          target: id,
          changes: validators.includes(sub) ? {} : { validator: [null, sub] },
          apply: async () =>
            void (await setValidators(id, before => (before.includes(sub) ? before : [...before, sub]))),
        };
      },
    },

    remove: {
      name: 'network.remove_validator',
      type: 'network',
      action: 'update',
      title: 'Retirer un valideur',
      event: defineActEvent('admin.validator.removed', 'Valideur d’un réseau retiré'),
      schema: input,
      about: ({ id }) => ({ id }),
      async plan({ id, sub }) {
        if (!(await validatorsOf(id)).includes(sub)) throw notFound();
        return {
          account: sub,
          target: id,
          changes: { validator: [sub, null] },
          apply: async () => void (await setValidators(id, before => before.filter(other => other !== sub))),
        };
      },
    },
  };
}
