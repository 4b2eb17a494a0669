import type { Notices } from '#access/index.ts';
import type { Directory } from '#directory/index.ts';
import type { Clock } from '#kernel/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act } from '../acts/act.ts';
import { changesBetween } from '../acts/changes.ts';
import { conflict, notFound } from '../acts/refusals.ts';
import { idField } from '../people/fields.ts';
import { publicationFields } from '../terms/acts.ts';

const input = z.strictObject({ id: idField, ...publicationFields });

/** The notice that a network gives its patients: versions are added, never changed. */
export interface NoticeActs {
  readonly publish: Act<z.output<typeof input>, void>;
}

export function createNoticeActs(deps: {
  readonly notices: Notices;
  readonly directory: Directory;
  readonly clock: Clock;
}): NoticeActs {
  const { notices, directory, clock } = deps;
  return {
    publish: {
      name: 'network.publish_notice',
      type: 'network',
      action: 'update',
      title: 'Publier une notice d’information',
      event: defineActEvent('admin.notice.published', 'Notice d’information d’un réseau publiée'),
      schema: input,
      about: ({ id }) => ({ id }),
      async plan({ id, version, title, text, from }, { actor }) {
        if (!(await directory.networks.get(id))) throw notFound();
        if (await notices.get(id, version))
          throw conflict('admin.notice_version_taken', {
            publicMessage: 'Cette version existe déjà, et son texte ne change jamais.',
            hint: 'Donnez un autre nom à la nouvelle version.',
          });
        const fromMs = from ?? clock.nowMs();
        return {
          target: id,
          changes: changesBetween({}, { version, title, text, from: new Date(fromMs).toISOString() }),
          apply: () => notices.put({ network: id, version, title, text, fromMs }, actor),
        };
      },
    },
  };
}
