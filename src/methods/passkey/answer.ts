import { z } from 'zod';

/** Characters of an answer: four times what the largest that we ask for takes, and as long as a form's value may be. */
const MAX_ANSWER = 4096;

const base64url = z.string().regex(/^[\w-]+$/u);

const assertionSchema = z.object({
  id: base64url,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.optional(),
  }),
});

const attestationSchema = z.object({
  id: base64url,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: z
      .array(z.string().regex(/^[a-z-]{1,20}$/u))
      .max(8)
      .default([]),
  }),
});

/** What the browser made for `navigator.credentials.get`, as the page's script writes it; nothing in it is proven yet. */
export type Assertion = z.infer<typeof assertionSchema>;

/** What the browser made for `navigator.credentials.create`. */
export type Attestation = z.infer<typeof attestationSchema>;

/** The answer of a sign-in; `null` for what cannot be one. */
export function readAssertion(input: string): Assertion | null {
  return read(assertionSchema, input);
}

/** The answer of an enrolment; `null` for what cannot be one. */
export function readAttestation(input: string): Attestation | null {
  return read(attestationSchema, input);
}

function read<T>(schema: z.ZodType<T>, input: string): T | null {
  if (input.length > MAX_ANSWER) return null;
  try {
    return schema.safeParse(JSON.parse(input)).data ?? null;
  } catch {
    return null;
  }
}
