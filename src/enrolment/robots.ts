import { createHash, randomInt } from 'node:crypto';
import { fold, randomId, type Clock, type Sealer } from '#kernel/index.ts';
import type { Counters } from '#signin/index.ts';

/** A question that a person answers at once, by eye or by ear; RGAA: never a picture. */
export interface RobotQuestion {
  readonly text: string;
  /** Goes with the form and comes back: the answer, sealed. */
  readonly seal: string;
  /** What a browser with scripts may work on. */
  readonly challenge: string;
  readonly bits: number;
}

export interface Robots {
  question(): RobotQuestion;
  /** True once for a right answer to a question of ours. */
  isAnswered(seal: string, answer: string): Promise<boolean>;
  /**
   * True when `work` makes the hash of the question's challenge begin with enough zero bits. It proves no person, only
   * that many requests cost many seconds.
   */
  isWorked(seal: string, work: string): boolean;
}

interface Sealed {
  readonly id: string;
  readonly answers: readonly string[];
  readonly untilAt: number;
}

const PLACE = 'enrolment question';
/** Reading the règlement takes its time. */
const VALID_SECONDS = 2 * 3600;
/** Some 30,000 hashes on average: one or two seconds of a telephone. */
const WORK_BITS = 15;

const NUMBERS = ['zéro', 'un', 'deux', 'trois', 'quatre', 'cinq', 'six', 'sept', 'huit', 'neuf', 'dix'];
const LARGER = ['onze', 'douze', 'treize', 'quatorze', 'quinze', 'seize', 'dix-sept', 'dix-huit'];
const DAYS = ['lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi', 'dimanche'];
const WORDS = [
  'hôpital',
  'pharmacie',
  'infirmier',
  'médecin',
  'secrétaire',
  'réunion',
  'dossier',
  'clinique',
];

const pick = <T>(list: readonly T[]): T => list[randomInt(list.length)] as T;

const QUESTIONS: readonly (() => { readonly text: string; readonly answers: readonly string[] })[] = [
  () => {
    const [a, b] = [randomInt(2, 10), randomInt(2, 9)];
    const words = [...NUMBERS, ...LARGER][a + b] ?? '';
    return { text: `Combien font ${NUMBERS[a]} plus ${NUMBERS[b]} ?`, answers: [String(a + b), words] };
  },
  () => {
    const at = randomInt(DAYS.length);
    const after = DAYS[(at + 1) % DAYS.length] ?? '';
    return { text: `Quel jour vient juste après ${DAYS[at]} ?`, answers: [after] };
  },
  () => {
    const word = pick(WORDS);
    return { text: `Quelle est la première lettre du mot « ${word} » ?`, answers: [word.slice(0, 1)] };
  },
  () => {
    const word = pick(WORDS);
    return { text: `Recopiez le mot « ${word} ».`, answers: [word] };
  },
];

export function createRobots(deps: {
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly counters: Counters;
}): Robots {
  const { clock, sealer, counters } = deps;

  function open(seal: string): Sealed | null {
    try {
      const sealed = JSON.parse(sealer.open(seal, PLACE)) as Sealed;
      return sealed.untilAt > clock.now() ? sealed : null;
    } catch {
      // Not ours, or under a key that is gone: as good as none.
      return null;
    }
  }

  return {
    question() {
      const { text, answers } = pick(QUESTIONS)();
      const id = randomId();
      const sealed: Sealed = { id, answers: answers.map(fold), untilAt: clock.now() + VALID_SECONDS };
      return { text, seal: sealer.seal(JSON.stringify(sealed), PLACE), challenge: id, bits: WORK_BITS };
    },
    async isAnswered(seal, answer) {
      const sealed = open(seal);
      if (
        !sealed?.answers.includes(
          fold(answer)
            .replace(/[.«»"]/gu, '')
            .trim(),
        )
      )
        return false;
      // One answer begins one request.
      const bound = {
        name: 'question',
        id: `request:question:${sealed.id}`,
        max: 1,
        windowSeconds: VALID_SECONDS,
      };
      return (await counters.count(bound)) !== null;
    },
    isWorked(seal, work) {
      const sealed = open(seal);
      if (!sealed || !/^\d{1,12}$/u.test(work)) return false;
      return isWork(sealed.id, work, WORK_BITS);
    },
  };
}

/** SHA-256 of `challenge:work` begins with that many zero bits; the same as `views/assets/request.js` looks for. */
export function isWork(challenge: string, work: string, bits: number): boolean {
  const hash = createHash('sha256').update(`${challenge}:${work}`).digest();
  return hash.readUInt32BE(0) >>> (32 - bits) === 0;
}
