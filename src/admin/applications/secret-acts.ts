import type { Application, Directory } from '#directory/index.ts';
import { hashToken, type Clock } from '#kernel/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act } from '../acts/act.ts';
import { conflict, notFound } from '../acts/refusals.ts';
import { createPlaceOf, newSecret } from './acts.ts';
import { whichClientField } from './fields.ts';
import { hasSecretMeans } from './settings.ts';

/** Long enough for a release of the application, short enough to be remembered. */
export const OVERLAP_DAYS = { usual: 7, most: 30 } as const;
const DAY_MS = 86_400_000;

const rotateInput = z.strictObject({
  client_id: whichClientField,
  overlap_days: z
    .int('Écrivez un nombre de jours.')
    .min(0, `De 0 à ${OVERLAP_DAYS.most} jours.`)
    .max(OVERLAP_DAYS.most, `De 0 à ${OVERLAP_DAYS.most} jours.`)
    .default(OVERLAP_DAYS.usual),
  /** The `secret_ref` of the secret that is to be replaced: a request that comes twice replaces it once. */
  replaces: z.string().max(100, 'Cette valeur n’est pas valable.').optional(),
});
const endInput = z.strictObject({ client_id: whichClientField });

export interface SecretActs {
  /** The new secret is told this once; the former one counts for `overlap_days` more. */
  readonly rotate: Act<
    z.output<typeof rotateInput>,
    { readonly client_secret: string; readonly previous_until: number | null }
  >;
  /** The former secret counts no more. */
  readonly endPrevious: Act<z.output<typeof endInput>, void>;
}

export function createSecretActs({
  directory,
  clock,
}: {
  readonly directory: Directory;
  readonly clock: Clock;
}): SecretActs {
  const { applications } = directory;
  const placeOf = createPlaceOf(directory);

  async function known(id: string): Promise<Application> {
    const application = await applications.get(id);
    if (!application) throw notFound();
    return application;
  }

  return {
    rotate: {
      name: 'application.rotate_secret',
      type: 'application_settings',
      action: 'rotate_secret',
      title: 'Remplacer le secret',
      event: defineActEvent('admin.application_secret.rotated', 'Secret d’une application remplacé'),
      schema: rotateInput,
      about: ({ client_id: id }) => ({ id }),
      resolve: placeOf,
      async plan({ client_id: id, overlap_days: days, replaces }) {
        const before = await known(id);
        if (!hasSecretMeans(before) && before.tokenEndpointAuthMethod !== undefined) throw otherMeans();
        if (replaces !== undefined && replaces !== secretRefOf(before)) throw rotatedMeanwhile();
        const overlaps = days > 0 && before.clientSecretHash !== undefined;
        const untilMs = overlaps ? clock.nowMs() + days * DAY_MS : null;
        return {
          target: id,
          changes: {
            secret: [before.clientSecretHash === undefined ? null : 'ancien', 'nouveau'],
            previous_until: [instantOf(before.previousSecretUntilMs), instantOf(untilMs ?? undefined)],
          },
          async apply() {
            const secret = newSecret();
            const hash = hashToken(secret);
            const written = await applications.update(id, application =>
              // SECURITY: of two at the same instant one replaces; the other tells nobody a secret that is void.
              application.clientSecretHash === before.clientSecretHash
                ? rotated(application, { hash, untilMs, atMs: clock.nowMs() })
                : application,
            );
            if (written?.clientSecretHash !== hash) throw rotatedMeanwhile();
            return { client_secret: secret, previous_until: untilMs };
          },
        };
      },
    },

    endPrevious: {
      name: 'application.end_previous_secret',
      type: 'application_settings',
      action: 'rotate_secret',
      title: 'Mettre fin à l’ancien secret',
      event: defineActEvent('admin.application_secret.ended', 'Ancien secret d’une application terminé'),
      schema: endInput,
      about: ({ client_id: id }) => ({ id }),
      resolve: placeOf,
      async plan({ client_id: id }) {
        const { previousSecretUntilMs } = await known(id);
        const isInForce = previousSecretUntilMs !== undefined && clock.nowMs() < previousSecretUntilMs;
        return {
          target: id,
          changes: isInForce ? { previous_until: [instantOf(previousSecretUntilMs), null] } : {},
          apply: async () => void (await applications.update(id, withoutPrevious)),
        };
      },
    },
  };
}

/** Names the secret in force without telling anything of it. */
export function secretRefOf({ clientSecretHash }: Application): string {
  return clientSecretHash === undefined ? 'none' : hashToken(`secret ${clientSecretHash}`).slice(0, 22);
}

function rotated(
  application: Application,
  { hash, untilMs, atMs }: { readonly hash: string; readonly untilMs: number | null; readonly atMs: number },
): Application {
  const { clientSecretHash: former } = application;
  return {
    ...withoutPrevious(application),
    clientSecretHash: hash,
    secretChangedAtMs: atMs,
    ...(former !== undefined &&
      untilMs !== null && { previousSecretHash: former, previousSecretUntilMs: untilMs }),
  };
}

function withoutPrevious({
  previousSecretHash: _hash,
  previousSecretUntilMs: _until,
  ...application
}: Application): Application {
  return application;
}

const instantOf = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());

function otherMeans() {
  return conflict('admin.no_secret', {
    publicMessage: 'Cette application ne se reconnaît pas par un secret.',
    hint: 'Changez d’abord la façon dont elle se reconnaît.',
  });
}

function rotatedMeanwhile() {
  return conflict('admin.secret_rotated', {
    publicMessage: 'Le secret vient d’être remplacé.',
    hint: 'Rechargez la page de l’application. Si personne n’a noté le nouveau secret, remplacez-le encore.',
  });
}
