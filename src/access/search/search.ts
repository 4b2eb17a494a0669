import type { Audit } from '#audit/index.ts';
import type { Directory } from '#directory/index.ts';
import type { Sealer } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import type { Caller, SessionFacts } from '../caller.ts';
import type { Decider } from '../decide.ts';
import { searchMade } from '../events.ts';
import type { FactsSource } from '../facts/facts.ts';
import { simulatedTime } from '../inquiry.ts';
import { malformed } from '../malformed.ts';
import { traceable } from '../records/keys.ts';
import type { Patients } from '../records/patient.ts';
import { networkRefused } from '../records/refusals.ts';
import type { DecisionRequest } from '../request.ts';
import { actionsOf } from '../vocabulary.ts';
import { createPageTokens, type PageRequest } from './page-token.ts';
import { recordStretches } from './records.ts';
import type { ActionSearch, ResourceSearch, SubjectSearch } from './request.ts';
import { createSources, fixed } from './sources.ts';
import { subjectStretches } from './subjects.ts';
import { walk, type Stretch } from './walk.ts';

/** SPEC: AuthZEN 1.0 §8.3. */
export interface SearchAnswer<T> {
  readonly page: { readonly next_token: string; readonly count: number };
  readonly results: readonly T[];
}

interface Entity {
  readonly type: string;
  readonly id: string;
}

/**
 * AuthZEN 1.0 searches: exactly what `Decider.decide` permits to the same caller with the same context, for the
 * purpose `normal` (contract §7), in pages. Patient records are searched in the caller's own network only
 * (`access.network_refused`, 403). Each page leaves one trace, and counts as activity of the session that it names.
 * Throws `access.malformed_request` (400) for what cannot be searched and for a foreign page token, and 503 as `decide`.
 */
export interface Search {
  subjects(asked: SubjectSearch, caller: Caller): Promise<SearchAnswer<Entity>>;
  resources(asked: ResourceSearch, caller: Caller): Promise<SearchAnswer<Entity>>;
  actions(asked: ActionSearch, caller: Caller): Promise<SearchAnswer<{ readonly name: string }>>;
}

export interface SearchDeps {
  readonly store: Store;
  readonly directory: Directory;
  readonly audit: Audit;
  readonly sealer: Sealer;
  readonly sessions: SessionFacts;
  readonly facts: FactsSource;
  readonly patients: Patients;
  readonly decider: Decider;
}

/** Whose subjects, and which of whose resources, can be listed at all. */
const SUBJECTS_OF: readonly string[] = ['patient_record', 'document_area', 'application'];
const RESOURCES_OF: readonly string[] = ['patient_record', 'application'];

export function createSearch(deps: SearchDeps): Search {
  const { audit, directory, sessions, decider } = deps;
  const tokens = createPageTokens(deps.sealer);
  const sources = createSources(deps);

  /** Walks `stretches` and judges each candidate as the evaluation of `requestOf` would. */
  async function page(
    kind: 'subject' | 'resource' | 'action',
    { page: asked, ...question }: { readonly page?: PageRequest | undefined },
    caller: Caller,
    stretches: readonly Stretch[],
    requestOf: (id: string) => DecisionRequest,
  ): Promise<{ page: SearchAnswer<never>['page']; found: readonly string[] }> {
    const search = JSON.stringify([kind, caller.clientId, question]);
    const position = tokens.read(asked, search);
    const { results: found, next } = await walk(
      stretches,
      position,
      async ({ id }) => (await decider.preview(requestOf(id), caller)).decision,
    );
    await noteActivity(requestOf(''));
    await trace(kind, requestOf(''), caller, found.length);
    return { page: { next_token: tokens.write(next, position.limit, search), count: found.length }, found };
  }

  async function noteActivity({ subject, context }: DecisionRequest): Promise<void> {
    const session = context?.sid === undefined ? null : await sessions.findBySid(context.sid);
    if (session && session.accountId === subject.id) await sessions.touch(session.uid);
  }

  async function trace(
    kind: string,
    { subject, action, resource, context }: DecisionRequest,
    caller: Caller,
    count: number,
  ): Promise<void> {
    const isPatient = resource.type === 'patient_record';
    const word = (text: string | undefined) => (text ? traceable(text) : undefined);
    await audit.record(searchMade, {
      actor: word(subject.id) ?? `client:${caller.clientId}`,
      client: caller.clientId,
      outcome: 'success',
      onBehalfOf: word(context?.on_behalf_of),
      ...(isPatient && resource.id !== '' && { patientKey: resource.id }),
      data: {
        kind,
        resourceType: traceable(resource.type),
        resource: isPatient ? undefined : word(resource.id),
        action: word(action.name),
        network: word(networkOf(resource, caller)),
        count: String(count),
        simulatedAt: simulatedTime(context, caller),
      },
    });
  }

  function networkOf(resource: Pick<DecisionRequest['resource'], 'properties'>, caller: Caller) {
    return resource.properties?.network ?? caller.application.network;
  }

  /** SECURITY: judged before anything is read: whom and what a foreign network knows is not told. */
  function enter(resource: Pick<DecisionRequest['resource'], 'type' | 'properties'>, caller: Caller): void {
    const network = networkOf(resource, caller);
    if (
      resource.type === 'patient_record' &&
      (network === undefined || network !== caller.application.network)
    )
      throw networkRefused();
  }

  return {
    async subjects(asked, caller) {
      const { subject, action, resource, context } = asked;
      searchable('resource.type', resource.type, SUBJECTS_OF);
      enter(resource, caller);
      const question = {
        subject,
        action: action.name,
        resource,
        network: networkOf(resource, caller),
        onBehalfOf: context?.on_behalf_of,
      };
      const stretches = await subjectStretches(question, { ...deps, sources });
      const requestOf = (id: string) => ({ ...asked, subject: { ...subject, id } });
      const { page: told, found } = await page('subject', asked, caller, stretches, requestOf);
      return { page: told, results: found.map(id => ({ type: subject.type, id })) };
    },

    async resources(asked, caller) {
      const { subject, action, resource, context } = asked;
      searchable('resource.type', resource.type, RESOURCES_OF);
      enter(resource, caller);
      const network = networkOf(resource, caller);
      const stretches =
        resource.type === 'application'
          ? [
              fixed(
                'applications',
                (await directory.applications.all()).map(({ id }) => id),
              ),
            ]
          : await recordStretches(
              {
                subject: subject.id,
                action: action.name,
                network: network ?? '',
                onBehalfOf: context?.on_behalf_of,
              },
              { ...deps, sources },
            );
      const requestOf = (id: string) => ({ ...asked, resource: { ...resource, id } });
      const { page: told, found } = await page('resource', asked, caller, stretches, requestOf);
      return { page: told, results: found.map(id => ({ type: resource.type, id })) };
    },

    async actions(asked, caller) {
      enter(asked.resource, caller);
      const stretches = [fixed('actions', actionsOf(asked.resource.type))];
      const requestOf = (name: string) => ({ ...asked, action: { name } });
      const { page: told, found } = await page('action', asked, caller, stretches, requestOf);
      return { page: told, results: found.map(name => ({ name })) };
    },
  };
}

function searchable(path: string, type: string, known: readonly string[]): void {
  if (!known.includes(type)) throw malformed(path, 'invalid_value', `Attendu : ${known.join(', ')}.`);
}
