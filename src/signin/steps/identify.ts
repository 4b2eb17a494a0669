import type { Form } from '#http/index.ts';
import type { Method, Person } from '#methods/index.ts';
import type { Devices } from '../devices.ts';
import type { Guard } from '../guard.ts';
import type { Step, StepResult, Visit } from '../step.ts';

const MAX_LOGIN = 128;

/** What the first page says besides the proof. */
interface Typed {
  readonly login: string;
  readonly isShared: boolean;
}

/** Login and password together, and the other means as buttons: the first page. */
export function createIdentifyStep(deps: {
  readonly guard: Guard;
  readonly devices: Devices;
  readonly password: Method;
  /** Who may sign in under this login; `null` for an unknown, suspended or closed one alike. */
  readonly personOf: (login: string) => Promise<Person>;
  readonly now: () => number;
  /** What a shared workstation is offered. */
  readonly sharedIdleSeconds: number;
  /** The first page leads to `/request`. */
  readonly takesRequests: boolean;
}): Step {
  const { guard, devices, password, personOf, now, sharedIdleSeconds, takesRequests } = deps;

  const offered = ({ methods }: Visit) => methods.filter(method => method.button && method.acrAlone !== null);
  const takesPassword = ({ methods }: Visit) => methods.some(({ id }) => id === password.id);

  /** Another means, chosen by its button: it goes on in a step of its own. */
  function choose(visit: Visit, id: string, { login, isShared }: Typed): StepResult {
    const method = offered(visit).find(candidate => candidate.id === id);
    if (!method) return { refusal: { code: 'signin.method_unavailable' } };
    if (login === '' && !method.identifies) return { refusal: { code: 'signin.login_missing' } };
    return { change: { login, isShared, firstMethod: method.id, arrival: null, unknown: null } };
  }

  async function verify(visit: Visit, { login, isShared }: Typed, typed: string): Promise<StepResult> {
    const person = await personOf(login);
    const verdict = await guard.attempt(
      {
        method: password,
        login,
        person,
        source: visit.source,
        client: visit.interaction.clientId,
        knownDevice: await devices.known(visit.ctx, person?.account.id),
      },
      () => password.verify(person, typed, { interaction: visit.interaction.uid, purpose: 'first' }),
    );
    if (!verdict.ok) return { refusal: { ...verdict } };
    if (!person) return { refusal: { code: 'signin.credentials_refused' } };
    const proofs = [...visit.state.proofs, { method: password.id, at: now() }];
    return { change: { login, isShared, accountId: person.account.id, proofs } };
  }

  return {
    kind: 'proof',
    isDue: visit => visit.person === null && visit.state.firstMethod == null,
    owns: (_visit, form) => ['login', 'password', 'method'].some(field => form.has(field)),
    async page(visit, form) {
      return {
        view: 'signin/identify',
        data: {
          login: typedLogin(form) || visit.state.login || visit.interaction.loginHint || '',
          takesPassword: takesPassword(visit),
          isShared: form ? form.has('shared_workstation') : visit.state.isShared === true,
          sharedMinutes: Math.round(sharedIdleSeconds / 60),
          methods: offered(visit).map(({ id, button }) => ({ value: id, ...button })),
          helpLinks: [
            ...(takesRequests ? [{ label: 'Demander un compte', address: '/request' }] : []),
            ...offered(visit).flatMap(({ elsewhere }) => elsewhere?.help ?? []),
          ],
        },
      };
    },
    async submit(visit, form) {
      const login = typedLogin(form);
      const said: Typed = { login, isShared: form.has('shared_workstation') };
      const chosen = form.get('method');
      if (chosen !== '') return choose(visit, chosen, said);
      if (!takesPassword(visit)) return { refusal: { code: 'signin.method_unavailable' } };
      if (login === '') return { refusal: { code: 'signin.login_missing' } };
      const typed = form.get('password');
      if (typed === '') return { refusal: { code: 'signin.password_missing' } };
      return verify(visit, said, typed);
    },
  };
}

function typedLogin(form: Form | undefined): string {
  return (form?.get('login') ?? '').trim().slice(0, MAX_LOGIN);
}
