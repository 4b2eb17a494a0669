/** One journey through the service, by people who all go in the same way: written once, walked in every mode. */
import { setTimeout as delay } from 'node:timers/promises';
import { checkRpps, fold, systemClock } from '#kernel/index.ts';
import type { OutboxMessage } from '../../../scripts/interop/outbox.ts';
import { newMessage } from '../means-hands.ts';
import { MODES, type Mode } from '../support/modes.ts';
import type { PersonOptions } from '../support/person.ts';
import type { Demo, Visitor } from '../support.ts';

/** What stands once a job has run comes within seconds; a machine under load is given its time. */
const PATIENCE_SECONDS = 60;

export interface Walk {
  readonly demo: Demo;
  readonly mode: Mode;
  /** How somebody in this part goes: the mode, and the names of the pictures. */
  as(part: string): PersonOptions;
  /** Somebody of the journey at a browser of their own. */
  visitor(part: string): Promise<Visitor>;
  /** The next mail or text message to an address or a telephone. */
  message(to: string, about: RegExp): Promise<OutboxMessage>;
}

/** One test for each mode. Pictures are named `<name>-<mode>-<part>-<number>-<page>.png`. */
export function journey(name: string, title: string, demo: Demo, walk: (walk: Walk) => Promise<void>): void {
  for (const mode of MODES)
    it(`${title}, ${mode.words}`, async () => {
      const seen = new Set<string>();
      const as = (part: string) => ({ ...mode.how, shots: `${name}-${mode.name}-${part}` });
      await walk({
        demo,
        mode,
        as,
        visitor: part => demo.visitor(as(part)),
        message: (to, about) => newMessage(demo, to, seen, { about, seconds: PATIENCE_SECONDS }),
      });
    });
}

/** Somebody who is to have an account. */
export interface Newcomer {
  readonly givenName: string;
  readonly familyName: string;
  /** That which the product gives by itself. */
  readonly login: string;
  readonly email: string;
  readonly mobile: string;
  readonly network: string;
  readonly rpps: string;
  /** Others are nurses, of whom no number is asked. */
  readonly isPhysician: boolean;
  /** Words of the establishment, or none: libéral. */
  readonly workplace?: { readonly words: string; readonly id: string };
  /** Those that are ticked among the interests. */
  readonly applications: readonly string[];
}

/** Where nearly everybody of the demonstration works. */
export const CHU = { words: 'bretonneau', id: 'chu' };

interface Told {
  readonly givenName: string;
  /** Namesakes would be taken for one person: each mode has somebody of its own. */
  readonly familyNames: Readonly<Record<Mode['name'], string>>;
  /** Two digits, of no other journey: telephone and RPPS are made of them. */
  readonly digits: string;
  readonly isPhysician?: boolean;
  readonly workplace?: Newcomer['workplace'];
  readonly applications?: Newcomer['applications'];
}

export function newcomer(mode: Mode, told: Told): Newcomer {
  const { givenName, digits: journeyDigits, isPhysician = true, workplace, applications = [] } = told;
  const familyName = told.familyNames[mode.name];
  const login = fold(`${givenName}.${familyName}`);
  const digits = `${journeyDigits}${MODES.indexOf(mode)}`;
  return {
    givenName,
    familyName,
    login,
    email: `${login}@exemple.fr`,
    // Of the block that Arcep keeps for fiction.
    mobile: `+33639980${digits}`,
    network: 'cancerologie',
    rpps: withKey(`9970071${digits}`),
    isPhysician,
    applications,
    ...(workplace && { workplace }),
  };
}

function withKey(digits: string): string {
  const keyed = Array.from({ length: 10 }, (_none, key) => `${digits}${key}`);
  return keyed.find(number => checkRpps(number).ok) ?? '';
}

/** Loads the page again until it shows the element: what a person does without scripts. */
export async function awaitOn({ page }: Pick<Visitor, 'page'>, selector: string): Promise<void> {
  const until = systemClock.now() + PATIENCE_SECONDS;
  const address = page.url();
  while ((await page.locator(selector).count()) === 0) {
    if (systemClock.now() > until) throw new Error(`${selector} did not come to ${address}`);
    await delay(500);
    await page.goto(address);
  }
}
