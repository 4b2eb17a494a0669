import type { SectionValues } from '#config/index.ts';
import { hasUnprovenPhone, withProvenPhone, type Directory, type Professional } from '#directory/index.ts';
import { ACR, type Acr, type Clock } from '#kernel/index.ts';
import type { Notify } from '#notify/index.ts';
import type { Person } from '../method.ts';
import { maskEmail, maskPhone } from './mask.ts';
import type { codeSection } from './section.ts';

/** The words of one code that leaves. */
export interface CodeMessage {
  readonly code: string;
  readonly minutes: string;
  readonly givenName: string;
  /** Epoch seconds. */
  readonly notAfterAt: number;
  /** The same id is the same message, sent once. */
  readonly id: string;
}

/** A way by which codes reach a person. Knows the destination and its level; judges no code. */
export interface CodeChannel {
  /** Id of the means. */
  readonly id: string;
  readonly title: string;
  readonly amr: readonly string[];
  /** `null`: it proves a way to somebody, and is no means of signing in. */
  readonly acrAsSecond: Acr | null;
  readonly button: { readonly label: string; readonly icon: string };
  /** The most that leaves in a day, given the general one. */
  maxPerDay(general: number): number;
  /**
   * Where codes for this person go; `null` for nobody, for who has no such destination, and for one that another active
   * person has too. For nobody it reads as much.
   */
  destinationOf(person: Person): Promise<string | null>;
  /** `Method.isUnproven`; absent for a way whose destinations are taken as they are. */
  isUnproven?(person: Person): boolean;
  /** Told that the code sent to `destination` came back. */
  proven?(person: NonNullable<Person>, destination: string): Promise<void>;
  /** True while nothing leaves by this way. */
  isFailing(): boolean;
  /** Enough to recognise one's own. */
  mask(destination: string): string;
  /** With `null`, does the same work and sends nothing. */
  send(to: string | null, message: CodeMessage): Promise<void>;
}

/** An address or a number in nobody's possession. */
const NOWHERE = '-';
/** A destination that more people have than this is shared without a further look. */
const MOST_HOLDERS = 50;

interface ChannelDeps {
  readonly directory: Directory;
  readonly notify: Notify;
}

/**
 * SECURITY: what two people receive is no factor of either of them. A destination belongs to the one active
 * professional who has it; those who left do not count, or a number that was given back would be lost for ever.
 */
async function ownDestination(
  { professionals }: Directory,
  by: 'email' | 'phone',
  person: Person,
  destination: string | undefined,
): Promise<string | null> {
  const { items, next } = await professionals.list(by, {
    key: destination ?? NOWHERE,
    limit: MOST_HOLDERS,
  });
  if (!person || destination === undefined) return null;
  const isOthers = ({ id, status }: Professional) => status === 'active' && id !== person.professional.id;
  return next !== undefined || items.some(isOthers) ? null : destination;
}

/** By e-mail: a second step, not a second factor (CNIL 2025). */
export function createMailChannel({ directory, notify }: ChannelDeps): CodeChannel {
  return {
    id: 'code',
    title: 'Code par e-mail',
    amr: ['otp'],
    acrAsSecond: ACR.code,
    button: { label: 'Recevoir un code par e-mail', icon: 'mail' },
    maxPerDay: general => general,
    destinationOf: person => ownDestination(directory, 'email', person, person?.professional.email),
    isFailing: () => notify.isFailing('email'),
    mask: maskEmail,
    async send(to, { notAfterAt, id, ...data }) {
      const mail = { channel: 'email', template: 'signin-code', data, notAfterAt, id } as const;
      await (to === null ? notify.pretend(mail) : notify.send({ ...mail, to }));
    },
  };
}

/** By SMS, to the professional's own mobile. */
export function createSmsCodeChannel({
  directory,
  notify,
  clock,
  settings,
}: ChannelDeps & {
  readonly clock: Clock;
  readonly settings: SectionValues<typeof codeSection>;
}): CodeChannel {
  return {
    id: 'sms',
    title: 'Code par SMS',
    amr: ['sms'],
    acrAsSecond: ACR.mfa,
    button: { label: 'Recevoir un code par SMS', icon: 'message' },
    maxPerDay: general => Math.min(general, settings.maxSmsPerDay),
    async destinationOf(person) {
      const own = await ownDestination(directory, 'phone', person, person?.professional.phone);
      const { newPhone } = person?.professional ?? {};
      // SECURITY: a number that its owner has typed makes an account stronger only after the cool-down.
      const waits = newPhone?.number === own && newPhone !== undefined && newPhone.countsAt > clock.now();
      return own !== null && !waits && notify.reaches(own) ? own : null;
    },
    isUnproven: person => person !== null && hasUnprovenPhone(person.professional),
    async proven({ professional }, number) {
      if (!hasUnprovenPhone(professional)) return;
      await directory.professionals.update(professional.id, person => withProvenPhone(person, number));
    },
    isFailing: () => notify.isFailing('sms'),
    mask: maskPhone,
    async send(to, { code, minutes, notAfterAt, id }) {
      const data = { code, minutes };
      const sms = { channel: 'sms', template: 'signin-code', data, notAfterAt, id } as const;
      await (to === null ? notify.pretend(sms) : notify.send({ ...sms, to }));
    },
  };
}
