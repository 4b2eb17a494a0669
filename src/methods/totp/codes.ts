import { verifySync } from 'otplib';

/** A shared key, and how codes are made of it (RFC 6238). */
export interface TotpKey {
  /** Base32. */
  readonly secret: string;
  readonly digits: 6 | 7 | 8;
  /** Seconds. */
  readonly period: number;
  readonly algorithm: 'sha1' | 'sha256' | 'sha512';
}

/** A key with what was shown of it. */
export interface TotpData extends TotpKey {
  /** The newest time step that was accepted; -1 for none. */
  readonly lastStep: number;
  /** Later steps whose code was shown already, and told to be of another time. */
  readonly spentSteps: readonly number[];
}

export type Judged =
  | { readonly kind: 'right'; readonly step: number }
  /** Right for another time, within ten minutes. Positive: the device is ahead. */
  | { readonly kind: 'elsewhen'; readonly step: number; readonly skewSeconds: number }
  | { readonly kind: 'wrong' };

/** How far away a code is still recognised, to tell that a clock is wrong. Never accepted. */
const RECOGNISED_SECONDS = 600;

/** What authenticator applications understand all alike. */
export const APPLICATION_KEY = { digits: 6, period: 30, algorithm: 'sha1' } as const;

/**
 * Says for which time step a code is right: the present one, the one before or the one after (RFC 6238 §5.2), else
 * whether it is of another time. Does not know whether the step was used.
 */
export function judgeCode(key: TotpKey, token: string, epoch: number): Judged {
  if (token.length !== key.digits) return { kind: 'wrong' };
  const { period } = key;
  const check = (epochTolerance: number) => verifySync({ ...key, token, epoch, epochTolerance });
  const near = check(period);
  if (near.valid && 'timeStep' in near) return { kind: 'right', step: near.timeStep };
  const far = check(Math.max(RECOGNISED_SECONDS, 2 * period));
  if (!far.valid || !('timeStep' in far)) return { kind: 'wrong' };
  return { kind: 'elsewhen', step: far.timeStep, skewSeconds: far.delta * period };
}

/**
 * The data after the code of that step was accepted; `null` when it is no newer than the last one (a replay), or was
 * told to be of another time. SPEC: RFC 6238 §5.2: a code is accepted once.
 */
export function spend(data: TotpData, step: number): TotpData | null {
  if (step <= data.lastStep || data.spentSteps.includes(step)) return null;
  return { ...data, lastStep: step, spentSteps: data.spentSteps.filter(spent => spent > step) };
}

/**
 * SECURITY: to be told that a code is right for a later time is to know a code of that time; it never serves. Earlier
 * ones are of no use to anybody.
 */
export function spendElsewhen(data: TotpData, step: number): TotpData {
  if (step <= data.lastStep || data.spentSteps.includes(step)) return data;
  return { ...data, spentSteps: [...data.spentSteps, step] };
}
