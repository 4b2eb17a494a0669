import { z } from 'zod';
import { notFound } from '../acts/refusals.ts';
import type { Acts } from '../acts/perform.ts';
import type { Proposal } from '../acts/proposals.ts';
import { idField } from '../people/fields.ts';
import { defineRoute, type ApiRoute, type Caller } from './route.ts';
import { pageSchema, proposalSchema } from './schemas.ts';
import { toInstant } from './views.ts';

const named = z.strictObject({ proposal: idField });
const TAG = 'Propositions';

/**
 * Acts that wait for a second person. SECURITY: an application proposes, reads and takes back; it confirms nothing: the
 * second person is a person.
 */
export function proposalRoutes(acts: Acts): readonly ApiRoute[] {
  const view = ({ id, act, author, seconded, reason, proposedAt, expiresAt }: Proposal) => ({
    proposal: id,
    act,
    author,
    seconded_by: seconded?.sub ?? null,
    reason: reason ?? null,
    proposed_at: toInstant(proposedAt * 1000),
    expires_at: toInstant(expiresAt * 1000),
  });

  async function find({ administrator }: Caller, wanted: string): Promise<Proposal> {
    const found = (await acts.proposals(administrator)).find(({ id }) => id === wanted);
    if (!found) throw notFound();
    return found;
  }

  return [
    defineRoute({
      name: 'listProposals',
      method: 'GET',
      path: '/proposals',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lister les actes qui attendent', en: 'List acts that await a second person' },
      answers: {
        200: { schema: pageSchema(proposalSchema), words: { fr: 'Les propositions', en: 'The proposals' } },
      },
      async handle({ administrator }) {
        const items = (await acts.proposals(administrator)).map(view);
        return { status: 200, body: { items, total: items.length } };
      },
    }),
    defineRoute({
      name: 'getProposal',
      method: 'GET',
      path: '/proposals/{proposal}',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lire une proposition', en: 'Read a proposal' },
      params: named,
      answers: { 200: { schema: proposalSchema, words: { fr: 'La proposition', en: 'The proposal' } } },
      handle: async call => ({ status: 200, body: view(await find(call, call.params.proposal)) }),
    }),
    defineRoute({
      name: 'declineProposal',
      method: 'DELETE',
      path: '/proposals/{proposal}',
      scope: 'admin:write',
      tag: TAG,
      summary: { fr: 'Retirer une proposition', en: 'Withdraw a proposal' },
      params: named,
      current: async call => view(await find(call, call.params.proposal)),
      answers: { 204: { words: { fr: 'Retirée', en: 'Withdrawn' } } },
      async handle({ administrator, source, params }) {
        await acts.decline(administrator, params.proposal, { via: 'api', source });
        return { status: 204 };
      },
    }),
  ];
}
