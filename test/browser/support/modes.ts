/** The ways in which people walk through a journey. Each journey is written once, and walked in every one of them. */
import type { PersonOptions } from './person.ts';

export interface Mode {
  /** Part of the names of screenshots. */
  readonly name: 'desk' | 'keyboard' | 'telephone';
  /** As the title of a test says it. */
  readonly words: string;
  readonly how: PersonOptions;
}

export const MODES: readonly Mode[] = [
  { name: 'desk', words: 'at a desk', how: {} },
  {
    name: 'keyboard',
    words: 'by keyboard alone, without scripts, in the dark',
    how: { keyboard: true, hasScripts: false, isDark: true },
  },
  // The narrowest that WCAG 1.4.10 knows: what fits here fits every telephone.
  { name: 'telephone', words: 'on a telephone of 320 px', how: { width: 320, isTelephone: true } },
];
