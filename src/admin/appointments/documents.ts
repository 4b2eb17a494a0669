import { createHash } from 'node:crypto';
import type { Membership } from '#directory/index.ts';
import { randomId, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';

/** A signed form: what it is, and for which profile of whom it was given. Its content stands in parts. */
export interface SignedForm extends Doc {
  /** Of the content, in hexadecimal. */
  readonly sha256: string;
  readonly type: FormType;
  readonly bytes: number;
  readonly parts: number;
  readonly by: string;
  readonly addedAtMs: number;
  /**
   * SECURITY: the proof of a membership is a text that whoever gives the profile may choose; the form is shown for this
   * very profile only, so that its name gives nobody the form of another branch.
   */
  readonly of: FormSubject;
}

export interface FormSubject extends Pick<Membership, 'network' | 'organisation' | 'profile'> {
  readonly sub: string;
}

export type FormType = 'application/pdf' | 'image/png' | 'image/jpeg';

interface FormPart extends Doc {
  readonly form: string;
  /** Base64. */
  readonly content: string;
}

const formsSpec: CollectionSpec<SignedForm> = { name: 'signed_forms', version: 1, indexes: {} };
const partsSpec: CollectionSpec<FormPart> = {
  name: 'signed_form_parts',
  version: 1,
  indexes: { form: { key: ({ form }) => form } },
  sealed: ['content'],
};

/** The largest file that is taken. */
export const MAX_FORM_BYTES = 5 * 1024 * 1024;
const PART_BYTES = 384 * 1024;
const PROOF = /^formulaire:([\w-]{22})$/u;

export interface SignedForms {
  /** Keeps the form; resolves to the text that stands as the proof of the membership. */
  keep(content: Buffer, type: FormType, of: FormSubject, by: string): Promise<string>;
  /** The form behind the proof of a membership; `null` for another sort of proof, and for the form of another profile. */
  find(membership: Membership, sub: string): Promise<SignedForm | null>;
  /** Its content, verified against its hash; `null` when it is not whole. */
  content(form: SignedForm): Promise<Buffer | null>;
  /** Takes away what was kept for an act that was refused after all. Idempotent. */
  discard(proof: string): Promise<void>;
}

export function createSignedForms({
  store,
  clock,
}: {
  readonly store: Store;
  readonly clock: Clock;
}): SignedForms {
  const forms = store.collection(formsSpec);
  const parts = store.collection(partsSpec);
  return {
    async keep(content, type, of, by) {
      const id = randomId();
      let count = 0;
      // ORDER: the parts first: a form that is found is whole.
      for (let at = 0; at < content.byteLength; at += PART_BYTES) {
        const part = content.subarray(at, at + PART_BYTES).toString('base64');
        await parts.insert({ id: partId(id, count), form: id, content: part });
        count += 1;
      }
      await forms.insert({
        id,
        sha256: sha256Of(content),
        type,
        bytes: content.byteLength,
        parts: count,
        by,
        addedAtMs: clock.nowMs(),
        of,
      });
      return `formulaire:${id}`;
    },
    async find({ network, organisation, profile, proof }, sub) {
      const id = idIn(proof);
      const form = id === undefined ? null : await forms.get(id);
      const isOfThis =
        form?.of.sub === sub &&
        form.of.network === network &&
        form.of.organisation === organisation &&
        form.of.profile === profile;
      return isOfThis ? form : null;
    },
    async content(form) {
      const read: Buffer[] = [];
      for (let number = 0; number < form.parts; number += 1) {
        const part = await parts.get(partId(form.id, number));
        if (part) read.push(Buffer.from(part.content, 'base64'));
      }
      const content = Buffer.concat(read);
      return sha256Of(content) === form.sha256 ? content : null;
    },
    async discard(proof) {
      const id = idIn(proof);
      if (id === undefined) return;
      await forms.remove(id);
      await parts.removeBy('form', id);
    },
  };
}

const idIn = (proof: string | undefined) => PROOF.exec(proof ?? '')?.[1];
const partId = (form: string, number: number) => `${form}.${String(number).padStart(2, '0')}`;
const sha256Of = (content: Buffer) => createHash('sha256').update(content).digest('hex');

/** What each kind begins and ends with; ends may be followed by a few bytes that scanners add. */
const KINDS: readonly (readonly [type: FormType, head: string, tail: string])[] = [
  ['application/pdf', '255044462d', '2525454f46'],
  ['image/png', '89504e470d0a1a0a', '49454e44ae426082'],
  ['image/jpeg', 'ffd8ff', 'ffd9'],
];
const TAIL_BYTES = 1024;

/** What the content is, whatever its name says; `null` for anything but a whole PDF, PNG or JPEG file. */
export function formTypeOf(content: Buffer): FormType | null {
  const end = content.subarray(-TAIL_BYTES);
  const kind = KINDS.find(([, head, tail]) => {
    const begin = Buffer.from(head, 'hex');
    return content.subarray(0, begin.byteLength).equals(begin) && end.includes(Buffer.from(tail, 'hex'));
  });
  return kind?.[0] ?? null;
}
