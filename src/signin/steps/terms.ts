import type { Terms } from '#accounts/index.ts';
import type { Step } from '../step.ts';

/** The règlement: shown and accepted at first sign-in, and again when a newer version has taken force. */
export function createTermsStep({ terms }: { readonly terms: Terms }): Step {
  return {
    kind: 'duty',
    isDue: async ({ person }) => person !== null && (await terms.pendingFor(person.account)) !== null,
    owns: (visit, form) => visit.person !== null && (form.has('version') || form.has('accept')),
    async page({ person }) {
      const version = person && (await terms.pendingFor(person.account));
      if (!version) throw new TypeError('terms are shown when some are pending');
      return {
        view: 'signin/terms',
        data: { version: version.id, title: version.title, text: version.text, fromMs: version.fromMs },
      };
    },
    async submit({ person, source }, form) {
      const version = person && (await terms.pendingFor(person.account));
      if (!person || !version) return { refusal: { code: 'signin.form_outdated' } };
      if (form.get('accept') === '') return { refusal: { code: 'signin.terms_not_accepted' } };
      // SECURITY: what is accepted is the text in force now; an older tab showed another one.
      if (form.get('version') !== version.id) return { refusal: { code: 'signin.form_outdated' } };
      await terms.accept(person.account.id, version.id, { source });
      return { change: {} };
    },
  };
}
