import type { Directory } from '#directory/index.ts';
import { checkFiness, readPhone } from '#kernel/index.ts';
import type { Places } from '../../places.ts';
import type { Typed } from '../../request.ts';
import type { Content } from '../../steps.ts';
import type { Towns } from '../../towns/towns.ts';
import { errorsOf, lineProblem, listOf, textOf, type StepPage } from '../step-page.ts';

const MAX_LINE = 200;
const MOST_PLACES = 20;

/** Where the person practises; the postcode proposes its towns, and any other may be typed. */
export function createAddressPage(towns: Towns): StepPage {
  return {
    id: 'address',
    fields: ['street', 'postcode', 'town', 'other_town'],
    initial: ({ answers: { address } }) => ({
      street: address?.street ?? '',
      postcode: address?.postcode ?? '',
      town: address?.town ?? '',
      other_town: '',
    }),
    async judge(typed) {
      const street = textOf(typed, 'street');
      const postcode = textOf(typed, 'postcode').replace(/\s/gu, '');
      const proposed = towns.of(postcode);
      const chosen = textOf(typed, 'town');
      const other = textOf(typed, 'other_town');
      // Of a postcode with one town, that one is meant.
      const [only] = proposed.length === 1 ? proposed : [];
      const town = other || (proposed.length === 0 || proposed.includes(chosen) ? chosen : (only ?? ''));
      const missing =
        proposed.length > 1
          ? 'Choisissez votre commune parmi celles de ce code postal.'
          : 'Donnez la commune.';
      const isPostcode = /^\d{5}$/u.test(postcode);
      const errors = errorsOf({
        street: lineProblem(street, MAX_LINE, 'Donnez le numéro et la rue, ou le nom du lieu.'),
        postcode: isPostcode ? undefined : 'Un code postal a 5 chiffres.',
        // Until the postcode is right, there is nothing to choose from.
        town: isPostcode ? lineProblem(town, MAX_LINE, missing) : undefined,
      });
      return errors ? { errors } : { answers: { address: { street, postcode, town } } };
    },
    data: async (_request, typed) => ({ towns: towns.of(textOf(typed, 'postcode').replace(/\s/gu, '')) }),
  };
}

/** The establishment, found by words, or none. */
export function createWorkplacePage(places: Places): StepPage {
  const words = (request: Content, typed: Typed) =>
    textOf(typed, 'q') || (request.proven?.finess ?? request.proven?.organisationName ?? '');

  return {
    id: 'workplace',
    fields: ['workplace', 'other_name'],
    initial: ({ answers: { workplace } }) => ({
      workplace:
        workplace?.kind === 'organisation' ? `place:${workplace.organisation}` : (workplace?.kind ?? ''),
      other_name: workplace?.kind === 'other' ? workplace.name : '',
    }),
    async judge(typed) {
      const choice = textOf(typed, 'workplace');
      if (choice === 'liberal') return { answers: { workplace: { kind: 'liberal' } } };
      if (choice === 'other') {
        const name = textOf(typed, 'other_name');
        const errors = errorsOf({ other_name: lineProblem(name, MAX_LINE, 'Donnez son nom et sa commune.') });
        return errors ? { errors } : { answers: { workplace: { kind: 'other', name } } };
      }
      const place = choice.startsWith('place:') ? await places.find(choice.slice('place:'.length)) : null;
      if (!place)
        return {
          errors: {
            workplace: ['Cherchez votre établissement puis choisissez-le, ou dites que vous n’en avez pas.'],
          },
        };
      return { answers: { workplace: { kind: 'organisation', organisation: place.id, name: place.name } } };
    },
    async data(request, typed) {
      const text = words(request, typed);
      const checked = checkFiness(text);
      const { found, isCut } =
        text === ''
          ? { found: [], isCut: false }
          : await places.search(checked.ok ? checked.id : text, MOST_PLACES);
      const choice = textOf(typed, 'workplace');
      const chosen = choice.startsWith('place:') ? await places.find(choice.slice('place:'.length)) : null;
      const isListed = found.some(({ id }) => id === chosen?.id);
      return {
        text,
        found: chosen && !isListed ? [chosen, ...found] : found,
        isCut,
        hasSearched: text !== '',
      };
    },
  };
}

const MOBILE = /^\+(?:33[67]|(?!33)\d)/u;

/** A mobile, to which codes may be sent later, and two other numbers. */
export const phonesPage: StepPage = {
  id: 'phones',
  fields: ['mobile', 'phone', 'other_phone'],
  initial: ({ answers: { phones } }) => ({
    mobile: phones?.mobile ?? '',
    phone: phones?.others[0] ?? '',
    other_phone: phones?.others[1] ?? '',
  }),
  async judge(typed) {
    const mobile = readPhone(textOf(typed, 'mobile'));
    const others = [textOf(typed, 'phone'), textOf(typed, 'other_phone')];
    const wrong = (text: string) =>
      text === '' || readPhone(text) !== null ? undefined : 'Ce numéro n’est pas un numéro de téléphone.';
    const errors = errorsOf({
      mobile:
        mobile !== null && MOBILE.test(mobile)
          ? undefined
          : 'Donnez un numéro de mobile, comme 06 12 34 56 78 ou +32 470 12 34 56.',
      phone: wrong(others[0] ?? ''),
      other_phone: wrong(others[1] ?? ''),
    });
    if (errors || mobile === null) return { errors: errors ?? {} };
    return {
      answers: { phones: { mobile, others: others.flatMap(text => readPhone(text) ?? []) } },
    };
  },
};

/** Networks to belong to, and applications to use: wishes, that whoever treats the request decides on. */
export function createInterestsPage({ networks, applications }: Directory): StepPage {
  const offered = async () => {
    const [allNetworks, all] = await Promise.all([networks.all(), applications.all()]);
    return {
      networks: allNetworks.map(({ id, name }) => ({ value: id, label: name })),
      applications: all
        .filter(({ kiosk }) => kiosk !== undefined)
        .map(({ id, name, kiosk }) => ({ value: id, label: name, about: kiosk?.description ?? null })),
    };
  };
  return {
    id: 'interests',
    fields: [],
    lists: ['networks', 'applications'],
    initial: ({ answers: { interests } }) => ({
      networks: interests?.networks ?? [],
      applications: interests?.applications ?? [],
    }),
    async judge(typed) {
      const { networks: offeredNetworks, applications: offeredApplications } = await offered();
      const among = (options: readonly { readonly value: string }[], name: string) =>
        options.map(({ value }) => value).filter(value => listOf(typed, name).includes(value));
      const chosen = {
        networks: among(offeredNetworks, 'networks'),
        applications: among(offeredApplications, 'applications'),
      };
      if (chosen.networks.length + chosen.applications.length === 0)
        return { errors: { networks: ['Choisissez au moins un réseau ou une application.'] } };
      return { answers: { interests: chosen } };
    },
    data: async () => ({ offered: await offered() }),
  };
}
