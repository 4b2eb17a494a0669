import { Router } from '@koa/router';
import type { Decisions, Resource } from './decisions.ts';
import type { Door } from './door.ts';
import { html, type Html } from './html.ts';
import { layout } from './layout.ts';
import type { Verdict } from './verdict.ts';

interface Area {
  readonly title: string;
  readonly resource: Resource;
  readonly documents: readonly string[];
}

/** Documents that concern no patient: being in the network is enough. */
const AREAS: readonly Area[] = [
  {
    title: 'Réseau de cancérologie',
    resource: { type: 'document_area', id: 'referentiels' },
    documents: ['Référentiel régional, cancer du sein', 'Annuaire des réunions de concertation'],
  },
  {
    title: 'Réseau de périnatalité',
    resource: { type: 'document_area', id: 'protocoles', network: 'perinatalite' },
    documents: ['Protocole de suivi d’une grossesse après un cancer'],
  },
];

/** The document areas. They open by network; nobody acts there in the name of another. */
export function createDocumentRoutes(decisions: Decisions, door: Door): Router {
  const router = new Router();
  router.get('/documents', async ctx => {
    const session = door.signedIn(ctx);
    if (session === undefined) return;
    const questions = AREAS.map(({ resource }) => ({ action: 'read' as const, resource }));
    const verdicts = await decisions.askAll({ person: session.person }, questions);
    ctx.body = layout(
      'Documents',
      session,
      html`<h1>Documents</h1>
        <p>Ils ne concernent aucun patient en particulier.</p>
        ${AREAS.flatMap((area, index) => {
          const verdict = verdicts[index];
          return verdict === undefined ? [] : [areaSection(area, verdict)];
        })}`,
    );
  });
  return router;
}

function areaSection({ title, resource, documents }: Area, verdict: Verdict): Html {
  return html`<section aria-labelledby="${resource.id}" data-area="${verdict.open ? 'open' : 'shut'}">
    <h2 id="${resource.id}">${title}</h2>
    <p>${verdict.sentence} ${verdict.open ? undefined : html`<code data-reason>${verdict.code}</code>`}</p>
    ${
      verdict.open
        ? html`<ul>
            ${documents.map(name => html`<li>${name}</li>`)}
          </ul>`
        : undefined
    }
  </section>`;
}
