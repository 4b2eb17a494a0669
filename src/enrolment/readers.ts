import { ACR, acrRank } from '#kernel/index.ts';
import {
  newRequestPlace,
  type MeansRegistry,
  type Method,
  type ProvenIdentity,
  type Sentence,
} from '#methods/index.ts';
import type { Asker, Guard } from '#signin/index.ts';

/** A means that says who somebody is, as the form offers it. */
export interface Reader {
  /** Id of the means. */
  readonly value: string;
  /** Of its button, in French. */
  readonly label: string;
  readonly icon: string;
}

/** What came back from it. `known`: the person is in the directory already, and signs in instead. */
export type Reading =
  | { readonly kind: 'read'; readonly identity: ProvenIdentity }
  | { readonly kind: 'known' }
  | { readonly kind: 'refused'; readonly code: string };

/** A means by which a draft waits for its person: kept with the draft, whose cookie binds the browser. */
export interface WaitingReading {
  readonly method: string;
  /** Names the waiting; what comes back for another one is refused. */
  readonly place: string;
  /** Why the last one came to nothing. */
  readonly refusal?: string;
}

/** Reads who asks for an account from a card or a provider. Behind the guard of sign-in; opens no session. */
export interface Readers {
  offered(): Promise<readonly Reader[]>;
  /** Where the browser goes; `null` for what is not offered. Throws 503 while the means cannot be reached. */
  leave(method: string, source: string): Promise<(WaitingReading & { readonly address: string }) | null>;
  /** Judges what came back, once. Throws 503 when nothing can be judged now. */
  read(waiting: WaitingReading, query: string, source: string): Promise<Reading>;
  /** What the page says of a refusal. */
  sentenceOf(waiting: WaitingReading): Promise<Sentence & { readonly code: string }>;
}

/** The relying party that an attempt on these pages is recorded for. */
const CLIENT = 'trousseau';

const SENTENCES: Readonly<Record<string, Sentence>> = {
  'enrolment.known_person': {
    message: 'Vous êtes déjà connu de la région : il n’y a pas de compte à demander.',
    hint: 'Connectez-vous de la même façon. Si cela ne réussit pas, adressez-vous à l’assistance.',
  },
  'enrolment.another_person': {
    message: 'Cette demande a été préparée pour quelqu’un d’autre.',
    hint: 'Lisez la carte de la personne qui demande le compte, ou commencez votre propre demande.',
  },
  'signin.locked': {
    message: 'Trop de tentatives : cette lecture est bloquée temporairement.',
    hint: 'Réessayez plus tard, ou continuez en tapant votre numéro.',
  },
};

const OTHERWISE = {
  message: 'Votre identité n’a pas pu être lue.',
  hint: 'Recommencez, ou continuez en tapant votre numéro : rien de ce que vous avez écrit n’est perdu.',
};

export function createReaders(deps: {
  readonly means: Pick<MeansRegistry, 'inForce'>;
  readonly guard: Pick<Guard, 'attempt' | 'begin'>;
}): Readers {
  const { means, guard } = deps;

  /** Those that vouch for an identity as a card does; a provider that speaks by logins knows its own people only. */
  const methods = async (): Promise<readonly Method[]> =>
    (await means.inForce({})).filter(
      ({ identifies, elsewhere, acrAlone }) =>
        identifies && elsewhere && acrRank(acrAlone ?? undefined) >= acrRank(ACR.card),
    );
  const find = async (id: string) => (await methods()).find(method => method.id === id);
  const askerOf = (source: string): Asker => ({
    login: '',
    person: null,
    source,
    client: CLIENT,
    knownDevice: null,
  });

  return {
    offered: async () =>
      (await methods()).flatMap(({ id, elsewhere, button }) =>
        elsewhere && button ? [{ value: id, label: elsewhere.button, icon: button.icon }] : [],
      ),

    async leave(id, source) {
      const method = await find(id);
      if (!method) return null;
      const place = newRequestPlace();
      const attempt = { ...askerOf(source), method };
      const challenge = await guard.begin(attempt, { interaction: place, purpose: 'first' }, true);
      return challenge?.address === undefined ? null : { method: id, place, address: challenge.address };
    },

    async read({ method: id, place }, query, source) {
      const method = await find(id);
      if (!method) return { kind: 'refused', code: 'signin.method_unavailable' };
      let identity: ProvenIdentity | undefined;
      const verdict = await guard.attempt({ ...askerOf(source), method }, async () => {
        const judged = await method.verify(null, query, { interaction: place, purpose: 'first' });
        if (judged.ok || !judged.unknown) return judged;
        // What sign-in refuses is what a request is for: the proof is good, and nobody has an account by it.
        identity = judged.unknown;
        return { ok: true };
      });
      if (identity) return { kind: 'read', identity };
      return verdict.ok ? { kind: 'known' } : { kind: 'refused', code: verdict.code };
    },

    async sentenceOf({ method, refusal: code = '' }) {
      const own = (await find(method))?.sentences?.[code];
      const sentence = SENTENCES[code] ?? own ?? OTHERWISE;
      // An outage, or who gave up, is told in the words of the means, and what to do about it in ours: nobody signs in here.
      return {
        code,
        ...sentence,
        ...(/\.(?:unavailable|cancelled)$/u.test(code) && { hint: OTHERWISE.hint }),
      };
    },
  };
}
