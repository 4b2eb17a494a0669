import { createHmac } from 'node:crypto';
import type { SectionValues } from '#config/index.ts';
import { fold, hashToken, randomId, type Clock, type Sealer } from '#kernel/index.ts';
import type { ListQuery, Page, Store } from '#store/index.ts';
import {
  evolve,
  isBeingWritten,
  newLife,
  newLifeFor,
  type Actor,
  type Life,
  type LifeEvent,
} from './life.ts';
import { requestsSpec, type AccountRequest, type Asker, type Link, type Proven } from './request.ts';
import { goneRequest, refusalOf } from './refusals.ts';
import type { enrolmentSection } from './section.ts';
import { nameOf, nationalIdsOf, type Answers } from './steps.ts';

const DAY_SECONDS = 86_400;
/** A browser keeps its request for a day of work; a mail brings it back. */
const BROWSER_SECONDS = 12 * 3600;
/** The private link of a request that was sent; every mail brings a new one. */
const MAIL_DAYS = 90;
/** Of each kind: the newest ones work. */
const MOST_LINKS = 3;

export interface Requests {
  /** A new draft, with answers of before if there are any; resolves to the token that its browser keeps. */
  begin(terms: Answers['terms'], proven: Proven | null, before?: Partial<Answers>): Promise<string>;
  /** A request for somebody else, which that person confirms. */
  beginFor(answers: Answers, askedBy: Asker): Promise<AccountRequest>;
  /** The request behind a live link. SECURITY: a request is reached by a link only, never by its id. */
  ofToken(token: string): Promise<AccountRequest | null>;
  get(id: string): Promise<AccountRequest | null>;
  /** A new link to the request; resolves to its token, which is kept nowhere. */
  link(id: string, kind: Link['kind']): Promise<string>;
  /** Ends a link. Idempotent. */
  unlink(id: string, token: string): Promise<void>;
  /** Changes what is still with the person, and moves its end. Throws `enrolment.not_now` (409) once it was sent. */
  save(id: string, change: (request: AccountRequest) => AccountRequest): Promise<AccountRequest>;
  /**
   * Brings an event to the life of the request, with what goes with it, in one compare-and-set. Throws what `refusal`
   * makes of the problem.
   */
  act(
    id: string,
    actor: Actor,
    eventOf: (request: AccountRequest) => LifeEvent,
    also?: (request: AccountRequest) => AccountRequest,
  ): Promise<AccountRequest>;
  /** Throws what `act` would throw now. Writes nothing. */
  check(request: AccountRequest, actor: Actor, event: LifeEvent): void;
  /** Changes what stands beside the life: notes, errands. The turn stays. */
  annotate(id: string, change: (request: AccountRequest) => AccountRequest): Promise<AccountRequest>;
  /** For those who treat requests. SECURITY: knows no branch; the caller leaves out what is not theirs. */
  list(
    index: 'state' | 'errand' | 'network' | 'mark' | 'unscanned' | 'retained',
    query: ListQuery,
  ): Promise<Page<AccountRequest>>;
  /** Open and ended requests that bear one of these marks, that one excepted. */
  withMarks(marks: readonly string[], except: string): Promise<readonly AccountRequest[]>;
  /** The newest request of that address; an address that was not proven has none. */
  ofMailbox(address: string): Promise<AccountRequest | null>;
  /** What a request bears once its address is proven. */
  mailboxOf(address: string): string;
  /** The marks of what a request says now. */
  marksOf(request: Pick<AccountRequest, 'answers' | 'proven' | 'proofs'>): readonly string[];
}

/** More requests about one person than anybody reads. */
const MOST_ALIKE = 20;

export function createRequests(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly settings: SectionValues<typeof enrolmentSection>;
}): Requests {
  const { clock, settings } = deps;
  const requests = deps.store.collection(requestsSpec);
  // SECURITY: a number or an address is guessed from a bare hash at once. After a rotation of the key, older requests
  // are no longer found by their marks; accounts always are.
  const key = deps.sealer.derive('enrolment marks');
  const markOf = (kind: string, text: string) =>
    `${kind}:${createHmac('sha256', key)
      .update(`${kind}\n${fold(text)}`)
      .digest('base64url')}`;

  const draftEnd = () => clock.now() + settings.draftDays * DAY_SECONDS;

  function newLink(kind: Link['kind']) {
    const token = randomId(32);
    const untilAt = clock.now() + (kind === 'browser' ? BROWSER_SECONDS : MAIL_DAYS * DAY_SECONDS);
    return { token, link: { hash: hashToken(token), kind, untilAt } };
  }

  function withLink(links: readonly Link[], link: Link): readonly Link[] {
    const alike = links.filter(({ kind }) => kind === link.kind).slice(1 - MOST_LINKS);
    return [...links.filter(({ kind }) => kind !== link.kind), ...alike, link];
  }

  async function update(id: string, change: (request: AccountRequest) => AccountRequest) {
    const written = await requests.update(id, change);
    if (!written) throw goneRequest();
    return written;
  }

  function blank(life: Life, answers: Answers): AccountRequest {
    const now = clock.now();
    return {
      id: randomId(),
      life,
      answers,
      typed: {},
      proven: null,
      messages: [],
      proofs: [],
      links: [],
      marks: [],
      duplicates: [],
      createdAt: now,
      changedAt: now,
      expiresAt: draftEnd(),
    };
  }

  return {
    async begin(terms, proven, before = {}) {
      const { token, link } = newLink('browser');
      await requests.insert({ ...blank(newLife(), { ...before, terms }), proven, links: [link] });
      return token;
    },
    async beginFor(answers, askedBy) {
      const mailbox = markOf('email', askedBy.address);
      const request = { ...blank(newLifeFor(askedBy.sub), answers), askedBy, mailbox };
      await requests.insert(request);
      return request;
    },
    async ofToken(token) {
      const hash = hashToken(token);
      const found = await requests.findOne('link', hash);
      const link = found?.links.find(one => one.hash === hash);
      return found && link && link.untilAt > clock.now() ? found : null;
    },
    get: id => requests.get(id),
    async link(id, kind) {
      const { token, link } = newLink(kind);
      await update(id, request => ({ ...request, links: withLink(request.links, link) }));
      return token;
    },
    async unlink(id, token) {
      const hash = hashToken(token);
      await requests.update(id, request => ({
        ...request,
        links: request.links.filter(link => link.hash !== hash),
      }));
    },
    save: (id, change) =>
      update(id, request => {
        if (!isBeingWritten(request.life)) throw refusalOf('enrolment.not_now');
        return { ...change(request), changedAt: clock.now(), expiresAt: draftEnd() };
      }),
    act: (id, actor, eventOf, also = request => request) =>
      update(id, request => {
        const evolved = evolve(request.life, eventOf(request), actor, clock.now());
        if (!evolved.ok) throw refusalOf(evolved.code);
        const { expiresAt, ...after } = also({ ...request, life: evolved.life });
        // What was never sent ends by itself, withdrawn or not; what was sent stays until retention takes it.
        const ends = evolved.life.sentAt === undefined && expiresAt !== undefined;
        return { ...after, changedAt: clock.now(), ...(ends && { expiresAt }) };
      }),
    check(request, actor, event) {
      const evolved = evolve(request.life, event, actor, clock.now());
      if (!evolved.ok) throw refusalOf(evolved.code);
    },
    annotate: update,
    list: (index, query) => requests.list(index, query),
    async withMarks(marks, except) {
      const pages = await Promise.all(
        marks.map(mark => requests.list('mark', { key: mark, limit: MOST_ALIKE })),
      );
      const found = new Map(pages.flatMap(({ items }) => items).map(request => [request.id, request]));
      found.delete(except);
      return [...found.values()];
    },
    async ofMailbox(address) {
      const { items } = await requests.list('mailbox', {
        key: markOf('email', address),
        limit: MOST_ALIKE,
      });
      return items.toSorted((a, b) => b.changedAt - a.changedAt)[0] ?? null;
    },
    mailboxOf: address => markOf('email', address),
    marksOf(request) {
      const name = nameOf(request);
      const email = request.answers.email?.address;
      return [
        ...nationalIdsOf(request).map(id => markOf('national_id', id)),
        ...(email === undefined ? [] : [markOf('email', email)]),
        ...(name ? [markOf('name', `${name.givenName} ${name.familyName}`)] : []),
      ];
    },
  };
}
