import { createHmac } from 'node:crypto';
import type { SectionValues } from '#config/index.ts';
import { ACR, AppError, equalsInConstantTime, hashToken, randomDigits, randomId } from '#kernel/index.ts';
import type { Acr, Clock, Sealer } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import type { AttemptPlace, Challenge, MaySend, Method, Person } from '../method.ts';
import type { codeSection } from './section.ts';
import type { CodeChannel } from './channels.ts';

/** One live code of one interaction and purpose: a newer one takes its place, so an older one is void. */
interface CodeDoc extends Doc {
  readonly id: string;
  /** Whose it is; `null` for nobody. INVARIANT: it answers for this account and no other. */
  readonly account: string | null;
  /** Names this very code: tries are counted per nonce. */
  readonly nonce: string;
  /** HMAC of the digits; absent when nothing was sent (an unknown login sees the same page). */
  readonly mac?: string;
  readonly destination?: string;
  /** Where it was sent, hashed: what answers proves this very destination. */
  readonly sentTo?: string;
  readonly resendAt: number;
  readonly expiresAt: number;
}

interface CounterDoc extends Doc {
  readonly count: number;
}

/** What a person is told to wait when too many codes were asked for. */
const RETRY_SECONDS = 3600;

const codes: CollectionSpec<CodeDoc> = { name: 'method_codes', version: 1, indexes: {} };
const counters: CollectionSpec<CounterDoc> = { name: 'method_code_counters', version: 1, indexes: {} };

/**
 * The ephemeral code by one channel: alone, or as second step after the password. Random digits, valid a
 * few minutes, a few tries, single use even under a race, bound to the interaction (whose cookie binds
 * the browser), the purpose and the channel. Sends nothing to nobody, and answers the same.
 */
export function createCodeMethod(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly channel: CodeChannel;
  readonly settings: SectionValues<typeof codeSection>;
}): Method {
  const { clock, channel, settings } = deps;
  const live = deps.store.collection(codes);
  const counted = deps.store.collection(counters);
  const key = deps.sealer.derive('method code');

  /** SECURITY: a six-digit code is guessed from a bare hash at once; the key keeps a stolen table useless. */
  const macOf = (id: string, nonce: string, digits: string) =>
    createHmac('sha256', key).update(`${id}\n${nonce}\n${digits}`).digest('base64url');

  /** SECURITY: to nobody the same is written, or the time of the answer would tell who exists. */
  async function send(person: Person, to: string | null, digits: string, doc: CodeDoc): Promise<void> {
    await channel.send(to, {
      code: digits,
      minutes: String(Math.round(settings.validSeconds / 60)),
      givenName: person?.professional.givenName ?? 'Personne',
      // A queued code that would arrive after its end is never sent.
      notAfterAt: doc.expiresAt,
      id: `${channel.id}:${doc.nonce}`,
    });
  }

  const shown = ({ destination, expiresAt, resendAt }: CodeDoc): Challenge => ({
    digits: settings.digits,
    expiresAt,
    resendAt,
    // SECURITY: of the way, never of this message: it says as much to nobody as to somebody.
    ...(channel.isFailing() ? { isFailing: true } : {}),
    ...(destination === undefined ? {} : { destination }),
  });

  const codeId = ({ interaction, purpose }: AttemptPlace) => `${channel.id}:${purpose}:${interaction}`;

  return {
    id: channel.id,
    form: 'code',
    title: channel.title,
    factor: 'possession',
    resistsPhishing: false,
    amr: channel.amr,
    acrAlone: settings.aloneAcr as Acr,
    declarableAcrs: [ACR.pwd, ACR.code],
    acrAsSecond: channel.acrAsSecond,
    button: channel.button,
    choice: channel.button,
    isAvailableTo: async person => person === null || (await channel.destinationOf(person)) !== null,
    ...(channel.isUnproven ? { isUnproven: channel.isUnproven } : {}),

    isWellFormed: input => digitsOf(input).length === settings.digits,

    sendLimits: {
      perHour: settings.maxPerHour,
      perDay: channel.maxPerDay(settings.maxPerDay),
      perDestinationDay: channel.maxPerDay(settings.maxPerDestinationDay),
      perSourceDay: settings.maxPerSourceDay,
    },

    async begin(person, place, renew, maySend: MaySend): Promise<Challenge> {
      const id = codeId(place);
      const now = clock.now();
      const before = await live.get(id);
      const account = person?.account.id ?? null;
      // Somebody who typed another login meanwhile needs a code of their own.
      if (before?.account === account && (!renew || now < before.resendAt)) return shown(before);
      const nonce = randomId();
      const digits = randomDigits(settings.digits);
      const found = await channel.destinationOf(person);
      // SECURITY: alone, a code that reaches somebody else would open the account to them.
      const to = place.purpose === 'first' && channel.isUnproven?.(person) ? null : found;
      const isGranted = await maySend(to);
      // Whoever has shown a password may know it; as a first step it would tell that the account exists.
      if (!isGranted && place.purpose === 'second') throw tooManyCodes();
      const doc: CodeDoc = {
        id,
        account,
        nonce,
        resendAt: now + settings.resendSeconds,
        expiresAt: now + settings.validSeconds,
        ...(isGranted && to !== null ? { mac: macOf(id, nonce, digits), sentTo: hashToken(to) } : {}),
        // SECURITY: as a first step the address is never shown, masked or not: it would tell that the account exists.
        ...(to !== null && place.purpose === 'second' ? { destination: channel.mask(to) } : {}),
      };
      // ORDER: the code is stored before it is sent: a crash between the two only asks for another one.
      await live.put(doc);
      if (isGranted) await send(person, to, digits, doc);
      return shown(doc);
    },

    async verify(person, input, place) {
      const id = codeId(place);
      const doc = await live.get(id);
      if (!doc) return { ok: false, code: 'signin.code_expired' };
      const tries = await counted.increment(`tries:${doc.nonce}`, 'count', 1, {
        max: settings.maxTries,
        expiresAt: doc.expiresAt,
      });
      if (tries === null) return { ok: false, code: 'signin.code_exhausted' };
      const mac = macOf(id, doc.nonce, digitsOf(input));
      const isTheirs = doc.account === (person?.account.id ?? null);
      if (!isTheirs || doc.mac === undefined || !equalsInConstantTime(mac, doc.mac)) {
        const triesLeft = settings.maxTries - tries;
        return triesLeft > 0
          ? { ok: false, code: 'signin.code_wrong', triesLeft }
          : { ok: false, code: 'signin.code_exhausted' };
      }
      // INVARIANT: single use. Of many right answers at once, exactly one takes the document away.
      const taken = await live.consume(id, candidate => candidate.nonce === doc.nonce);
      if (!taken) return { ok: false, code: 'signin.code_expired' };
      if (person && channel.proven && doc.sentTo !== undefined) {
        // The person may have another number since it left.
        const destination = await channel.destinationOf(person);
        if (destination !== null && hashToken(destination) === doc.sentTo)
          await channel.proven(person, destination);
      }
      return { ok: true };
    },
  };
}

/** What was typed, without spaces; `''` when it is not made of digits. */
function digitsOf(input: string): string {
  const typed = input.replace(/\s+/gu, '');
  return /^\d+$/u.test(typed) ? typed : '';
}

function tooManyCodes(): AppError {
  return new AppError({
    code: 'signin.too_many_codes',
    status: 429,
    publicMessage: 'Trop de codes ont été demandés pour ce compte.',
    hint: 'Patientez avant d’en demander un autre, ou contactez le support.',
    retryAfterSeconds: RETRY_SECONDS,
  });
}
