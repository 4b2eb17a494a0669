import { isInForce, type Directory, type Professional } from '#directory/index.ts';
import type { Accounts } from '#accounts/index.ts';
import { ACR, acrRank, type Clock } from '#kernel/index.ts';
import type { AttemptPlace, Method, Person, Verdict } from '../method.ts';
import { readPerson, readText, type UpstreamPerson } from './claims.ts';
import type { UpstreamAnswer, UpstreamClient } from './client.ts';
import type { Departures } from './departures.ts';
import type { MetadataSource } from './metadata.ts';
import type { ProviderSessions } from './provider-sessions.ts';
import { codeOf, sentencesOf, type RefusalName } from './refusals.ts';
import type { Transactions } from './transactions.ts';
import type { Upstream } from './upstream.ts';

export interface UpstreamLogger {
  warn(data: object, message: string): void;
}

/** Whose account an answer is about: one, none, or more than one. */
type Found = { readonly accountId: string } | { readonly refusal: RefusalName };

/** How often the provider's addresses are read again; a failure keeps the former. */
const REFRESH_MS = 15 * 60_000;

/** Signing in by the word of another OpenID provider. */
export function createUpstreamMethod(deps: {
  readonly upstream: Upstream;
  readonly client: UpstreamClient;
  readonly metadata: MetadataSource;
  readonly transactions: Transactions;
  readonly sessions: ProviderSessions;
  readonly departures: Departures;
  readonly directory: Directory;
  readonly accounts: Pick<Accounts, 'findByLogin'>;
  readonly clock: Clock;
  readonly logger: UpstreamLogger;
}): Omit<Method, 'routes'> {
  const {
    upstream,
    client,
    metadata,
    transactions,
    sessions,
    departures,
    directory,
    accounts,
    clock,
    logger,
  } = deps;
  const { id, label } = upstream;
  const button = { label, icon: upstream.codes === 'psc' ? 'psc' : 'building' };
  const isMultiFactor = acrRank(upstream.acr) >= acrRank(ACR.mfa);
  let refreshing: NodeJS.Timeout | undefined;

  /** SECURITY: names of refusals and the library's own words; nothing that the provider said of a person. */
  function refuse(name: RefusalName, detail?: string): Verdict {
    const code = codeOf(upstream, name);
    logger.warn({ means: id, code, ...(detail === undefined ? {} : { detail }) }, 'sign-in refused');
    return { ok: false, code };
  }

  /** SECURITY: `acr_values` is a wish (OIDC Core §3.1.2.1); only what the ID token says counts. */
  function isStrongEnough({ acr, amr }: UpstreamAnswer['claims']): boolean {
    const { requiredAcrs, requiredAmrs } = upstream;
    const given: readonly unknown[] = Array.isArray(amr) ? amr : [];
    return (
      (requiredAcrs.length === 0 || (typeof acr === 'string' && requiredAcrs.includes(acr))) &&
      requiredAmrs.every(value => given.includes(value))
    );
  }

  /** Whom an answer of the provider could be about: who has no national identifier is bound to none. */
  function canBind({ professional }: NonNullable<Person>): boolean {
    const { binding } = upstream;
    return binding.kind === 'national_id'
      ? professional.nationalIds.length > 0
      : worksAt(professional, binding.organisation);
  }

  function worksAt({ memberships }: Professional, organisation: string): boolean {
    return memberships.some(
      membership => membership.organisation === organisation && isInForce(membership, clock.nowMs()),
    );
  }

  async function findByNationalId({ nationalIds }: UpstreamPerson): Promise<Found> {
    const [subject] = nationalIds;
    if (subject === undefined) return { refusal: 'identity_missing' };
    const found = await Promise.all(nationalIds.map(each => directory.professionals.findByNationalId(each)));
    const [own] = found;
    if (own) return { accountId: own.id };
    const others = new Set(found.flatMap(professional => professional?.id ?? []));
    const [accountId] = others;
    if (others.size > 1) return { refusal: 'several_accounts' };
    return accountId === undefined ? { refusal: 'unknown_person' } : { accountId };
  }

  /** SECURITY: a provider that speaks by logins speaks for the people of its own organisation, as of now. */
  async function findByLogin(login: string | undefined, organisation: string): Promise<Found> {
    if (login === undefined) return { refusal: 'identity_missing' };
    const account = await accounts.findByLogin(login);
    const professional = account && (await directory.professionals.get(account.id));
    const isTheirs = professional && worksAt(professional, organisation);
    return account && isTheirs ? { accountId: account.id } : { refusal: 'unknown_person' };
  }

  async function judge({ idToken, claims, userinfo }: UpstreamAnswer): Promise<Verdict> {
    if (!isStrongEnough(claims)) return refuse('acr_too_low');
    const { binding } = upstream;
    // The signed token comes last: where both say something, it counts.
    const all = { ...userinfo, ...claims };
    const person = readPerson(all, binding.kind === 'national_id' ? binding.claim : '');
    const found = await (binding.kind === 'national_id'
      ? findByNationalId(person)
      : findByLogin(readText(all, binding.claim), binding.organisation));
    if ('refusal' in found) {
      const refused = refuse(found.refusal);
      const isAskable = found.refusal === 'unknown_person' && person.nationalIds.length > 0;
      return isAskable && !refused.ok ? { ...refused, unknown: person.identity } : refused;
    }
    const origins = sessions.marksOf({ sub: String(claims['sub']), sid: readText(claims, 'sid') });
    const [mark] = origins;
    if (mark !== undefined) await sessions.keep(mark, idToken);
    return { ok: true, accountId: found.accountId, situations: person.situations, origins };
  }

  return {
    id,
    title: label,
    identifies: true,
    factor: isMultiFactor ? 'possession' : 'knowledge',
    resistsPhishing: false,
    // SPEC: RFC 8176: the provider answers for two factors without saying which; below that, for nothing.
    amr: isMultiFactor ? ['mfa'] : [],
    acrAlone: upstream.acr,
    acrAsSecond: null,
    button,
    choice: button,
    elsewhere: {
      title: `Connexion par ${label}`,
      lead: `Vous allez être conduit chez ${label}, puis ramené ici.`,
      button: `Continuer vers ${label}`,
    },
    sentences: sentencesOf(upstream),
    service: {
      start() {
        const refresh = () =>
          metadata
            .refresh()
            .catch((error: unknown) =>
              logger.warn({ means: id, error: String(error) }, 'the provider cannot be read'),
            );
        // Not waited for: the service starts whether or not the provider is up.
        void refresh();
        refreshing = setInterval(() => void refresh(), REFRESH_MS).unref();
        return Promise.resolve();
      },
      stop() {
        clearInterval(refreshing);
        return Promise.resolve();
      },
    },
    async signOut(origins, returnTo) {
      const idToken = await sessions.take(origins);
      if (idToken === null) return undefined;
      // A provider that cannot be read now keeps its session, which ends by itself; ours has ended all the same.
      const address = await client.endSession(idToken).catch(() => undefined);
      return address === undefined ? undefined : departures.open(address, returnTo);
    },

    isAvailableTo: person => person === null || canBind(person),

    async begin(_person, place: AttemptPlace) {
      const state = transactions.newState(place);
      const { address, nonce, verifier } = await client.authorization(state);
      // ORDER: what the answer is judged by is stored before the browser leaves.
      const expiresAt = await transactions.open(place, state, { nonce, verifier });
      return { address, expiresAt, resendAt: clock.now() };
    },

    async verify(_person, input, place) {
      const state = new URLSearchParams(input).get('state') ?? '';
      const secrets = await transactions.take(place, state);
      if (!secrets) return refuse('expired');
      const redeemed = await client.redeem(input, { ...secrets, state });
      return redeemed.ok ? judge(redeemed.answer) : refuse(redeemed.refusal, redeemed.detail);
    },
  };
}
