import type { Directory } from '#directory/index.ts';
import { checkRpps, fold } from '#kernel/index.ts';
import type { EnrolmentPorts } from '../../context.ts';
import type { Readers } from '../../readers.ts';
import { nameOf, PHYSICIAN, professionOf, type Content } from '../../steps.ts';
import { errorsOf, lineProblem, textOf, type StepPage } from '../step-page.ts';

const MAX_NAME = 100;

/** Which profession, of the nomenclature of the ANS; the list is narrowed by words. */
export function createProfessionPage({ codes }: Pick<Directory, 'codes'>): StepPage {
  return {
    id: 'profession',
    fields: ['profession'],
    initial: request => ({ profession: professionOf(request) ?? '' }),
    async judge(typed, { proven }) {
      if (proven?.profession !== undefined) return { answers: {} };
      const code = textOf(typed, 'profession');
      const isKnown = codes.professions().some(profession => profession.code === code);
      return isKnown
        ? { answers: { profession: { code } } }
        : { errors: { profession: ['Choisissez votre profession dans la liste.'] } };
    },
    async data({ proven }, typed) {
      const words = fold(textOf(typed, 'q')).split(' ').filter(Boolean);
      const chosen = textOf(typed, 'profession');
      const all = codes.professions();
      return {
        // What was chosen stays in sight whatever is searched.
        professions: all.filter(
          ({ code, label }) => code === chosen || words.every(word => fold(label).includes(word)),
        ),
        locked: proven?.profession === undefined ? null : codes.profession(proven.profession).label,
        provenBy: provenBy({ proven }),
      };
    },
  };
}

/** An RPPS number, unless a card or Pro Santé Connect has said more than that. */
export function createNumberPage({
  lookUpRpps,
  readers,
}: Pick<EnrolmentPorts, 'lookUpRpps'> & { readonly readers: Readers }): StepPage {
  return {
    id: 'number',
    fields: ['rpps'],
    initial: ({ answers }) => ({ rpps: answers.number?.rpps ?? '' }),
    async judge(typed, request) {
      if (request.proven) return { answers: {} };
      const text = textOf(typed, 'rpps').replace(/\s/gu, '');
      if (text === '') {
        return professionOf(request) === PHYSICIAN
          ? { errors: { rpps: ['Un médecin donne son numéro RPPS, ou lit sa carte.'] } }
          : { answers: { number: { rpps: null, register: { outcome: 'not_imported' } } } };
      }
      const checked = checkRpps(text);
      if (!checked.ok) {
        const sentence =
          checked.problem === 'checksum'
            ? 'Ce numéro n’est pas un numéro RPPS : un chiffre est faux. Recopiez-le de votre carte.'
            : 'Un numéro RPPS a 11 chiffres.';
        return { errors: { rpps: [sentence] } };
      }
      const register = await lookUpRpps(checked.id);
      return { answers: { number: { rpps: checked.id, register } } };
    },
    data: async request => ({
      isPhysician: professionOf(request) === PHYSICIAN,
      register: request.answers.number?.register ?? null,
      proven: request.proven,
      provenBy: provenBy(request),
      readers: request.proven ? [] : await readers.offered(),
    }),
    alert: async ({ reading }) => (reading?.refusal === undefined ? null : readers.sentenceOf(reading)),
  };
}

const CIVILITIES = ['MME', 'M'];

/** Civility and the names under which the person practises. */
export function createNamePage({ codes }: Pick<Directory, 'codes'>): StepPage {
  return {
    id: 'name',
    fields: ['civility', 'family_name', 'given_name'],
    initial(request) {
      const name = nameOf(request) ?? request.proven;
      const register = request.answers.number?.register;
      const known = register?.outcome === 'found' ? register : undefined;
      return {
        civility: name?.civility ?? known?.civility ?? '',
        family_name: name?.familyName ?? known?.familyName ?? '',
        given_name: name?.givenName ?? known?.givenName ?? '',
      };
    },
    async judge(typed, { proven }) {
      const civility = proven?.civility ?? textOf(typed, 'civility');
      const familyName = proven?.familyName ?? textOf(typed, 'family_name');
      const givenName = proven?.givenName ?? textOf(typed, 'given_name');
      const isCivility = CIVILITIES.includes(civility) || proven?.civility !== undefined;
      const errors = errorsOf({
        civility: isCivility ? undefined : 'Choisissez votre civilité.',
        family_name: proven ? undefined : lineProblem(familyName, MAX_NAME, 'Donnez votre nom d’exercice.'),
        given_name: proven ? undefined : lineProblem(givenName, MAX_NAME, 'Donnez votre prénom.'),
      });
      return errors ? { errors } : { answers: { name: { civility, familyName, givenName } } };
    },
    data: async ({ proven }) => ({
      civilities: CIVILITIES.map(code => codes.civility(code)),
      proven,
      provenBy: provenBy({ proven }),
      lockedCivility: proven?.civility === undefined ? null : codes.civility(proven.civility).label,
    }),
  };
}

const PROVEN_BY: Readonly<Record<string, string>> = {
  card: 'vérifié par carte',
  'pro-sante-connect': 'vérifié par Pro Santé Connect',
  account: 'vérifié par votre compte',
};

/** Who answers for what is locked, in words. */
function provenBy({ proven }: Pick<Content, 'proven'>): string | null {
  return proven && (PROVEN_BY[proven.method] ?? 'vérifié par votre fournisseur d’identité');
}
