import type { SectionValues } from '#config/index.ts';
import { ACR, AppError, hashToken } from '#kernel/index.ts';
import type { Acr, Clock, Sealer } from '#kernel/index.ts';
import type { CollectionSpec, Store } from '#store/index.ts';
import type { AttemptPlace, Challenge, MaySend, Method, Person } from '../method.ts';
import type { codeSection } from './section.ts';
import type { CodeChannel } from './channels.ts';
import { createLiveCodes, digitsOf, type LiveCode } from './live-codes.ts';

/** The live code of one interaction and purpose. */
interface CodeDoc extends LiveCode {
  /** Whose it is; `null` for nobody. INVARIANT: it answers for this account and no other. */
  readonly account: string | null;
  readonly destination?: string;
  /** Where it was sent, hashed: what answers proves this very destination. */
  readonly sentTo?: string;
}

/** What a person is told to wait when too many codes were asked for. */
const RETRY_SECONDS = 3600;

const codesSpec: CollectionSpec<CodeDoc> = { name: 'method_codes', version: 1, indexes: {} };

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
  const codes = createLiveCodes({ ...deps, spec: codesSpec, purpose: 'method code' });

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
      const before = await codes.find(id);
      const account = person?.account.id ?? null;
      // Somebody who typed another login meanwhile needs a code of their own.
      if (before?.account === account && (!renew || now < before.resendAt)) return shown(before);
      const found = await channel.destinationOf(person);
      // SECURITY: alone, a code that reaches somebody else would open the account to them.
      const to = place.purpose === 'first' && channel.isUnproven?.(person) ? null : found;
      const isGranted = await maySend(to);
      // Whoever has shown a password may know it; as a first step it would tell that the account exists.
      if (!isGranted && place.purpose === 'second') throw tooManyCodes();
      const isSent = isGranted && to !== null;
      const { digits, code } = await codes.issue(id, [account], {
        isSent,
        fields: {
          account,
          ...(isSent && { sentTo: hashToken(to) }),
          // SECURITY: as a first step the address is never shown, masked or not: it would tell that the account exists.
          ...(to !== null && place.purpose === 'second' && { destination: channel.mask(to) }),
        },
      });
      if (isGranted) await send(person, to, digits, code);
      return shown(code);
    },

    async verify(person, input, place) {
      const id = codeId(place);
      const verdict = await codes.verify(id, [person?.account.id ?? null], digitsOf(input));
      if (verdict.kind === 'wrong')
        return { ok: false, code: 'signin.code_wrong', triesLeft: verdict.triesLeft };
      if (verdict.kind !== 'right') return { ok: false, code: `signin.code_${verdict.kind}` };
      const { sentTo } = verdict.code;
      if (person && channel.proven && sentTo !== undefined) {
        // The person may have another number since it left.
        const destination = await channel.destinationOf(person);
        if (destination !== null && hashToken(destination) === sentTo)
          await channel.proven(person, destination);
      }
      return { ok: true };
    },
  };
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
