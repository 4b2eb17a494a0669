import type { Account, Accounts } from '#accounts/index.ts';
import type { Audit } from '#audit/index.ts';
import type { SectionValues } from '#config/index.ts';
import type { Directory } from '#directory/index.ts';
import type { Form, Http } from '#http/index.ts';
import { AppError, acrRank, type Clock } from '#kernel/index.ts';
import type { MeansRegistry, Person } from '#methods/index.ts';
import type { Store } from '#store/index.ts';
import type { Context } from 'koa';
import type { Devices } from './devices.ts';
import { signinCompleted, signinRefused } from './events.ts';
import type { Interaction, Interactions, Outcome } from './interaction.ts';
import { amrOf, levelOf } from './levels.ts';
import { alertOf, temporaryRefusal, type Alert } from './messages.ts';
import type { signinSection } from './section.ts';
import { signinStates, type SigninState, type StateChange } from './state.ts';
import type { Refusal, Step, Visit } from './step.ts';
import { situationsOf } from './steps/situation.ts';

export interface Dispatcher {
  show(ctx: Context): Promise<void>;
  submit(ctx: Context): Promise<void>;
  /** The browser comes back from where a proof is made. */
  arrive(ctx: Context): Promise<void>;
}

/**
 * Serves `/interaction/:uid`: loads the stored state, asks the steps in order which one is due, shows it or
 * judges its form, and hands the outcome to the authorization once nothing is left to ask.
 */
export function createDispatcher(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly http: Http;
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly means: MeansRegistry;
  readonly devices: Devices;
  readonly interactions: Interactions;
  readonly steps: readonly Step[];
  readonly settings: SectionValues<typeof signinSection>;
}): Dispatcher {
  const { clock, audit, http, directory, accounts, means, devices, interactions, steps, settings } = deps;
  const states = deps.store.collection(signinStates);

  async function visitOf(ctx: Context, form?: Form): Promise<Visit> {
    const found = await interactions.find(ctx);
    if (!found) throw sessionEnded();
    const state = (await states.get(found.uid)) ?? newState(found);
    // SECURITY: whoever says here who they are is never taken for the person who signed in in another tab.
    const isIdentifying = state.login !== undefined || form?.has('login') === true;
    const { present } = found;
    const interaction = present && !isIdentifying ? { ...found, session: present } : found;
    return resume(ctx, interaction, state);
  }

  async function resume(ctx: Context, interaction: Interaction, stored: SigninState): Promise<Visit> {
    const { session, clientId } = interaction;
    const application = await directory.applications.get(clientId);
    const methods = await means.inForce({ application: clientId, network: application?.network });
    // A means that was switched off since it was chosen leads back to the first page.
    const isChoiceInForce = methods.some(({ id }) => id === stored.firstMethod);
    const state = isChoiceInForce ? stored : { ...stored, firstMethod: null };
    const accountId = state.accountId ?? session?.accountId;
    const person = accountId === undefined ? null : await personById(accountId);
    // SECURITY: a password that was changed elsewhere since it was shown here proves nothing: all is asked again.
    if (person && state.proofs.some(proof => isOutdated(proof, person.account)))
      return resume(ctx, interaction, { ...newState(interaction), login: person.account.login });
    const inherited = session && session.accountId === accountId ? session.methods : [];
    const ids = new Set([...inherited, ...state.proofs.map(({ method }) => method)]);
    // SECURITY: what was shown by a means that counts no more earns nothing in a new sign-in.
    const used = methods.filter(({ id }) => ids.has(id));
    return { ctx, interaction, state, person, methods, used, source: http.source(ctx) };
  }

  async function personById(accountId: string): Promise<Person> {
    const [account, professional] = await Promise.all([
      accounts.get(accountId),
      directory.professionals.get(accountId),
    ]);
    return account && professional?.status === 'active' ? { account, professional } : null;
  }

  async function dueStep(visit: Visit): Promise<Step | undefined> {
    for (const step of steps) if (await step.isDue(visit)) return step;
    return undefined;
  }

  async function save(visit: Visit, change: StateChange): Promise<Visit> {
    if (Object.keys(change).length === 0) return resume(visit.ctx, visit.interaction, visit.state);
    const state = { ...visit.state, ...change };
    // One browser writes this document, one form at a time; a second tab's older form is refused by `owns`.
    await states.put(state);
    return resume(visit.ctx, visit.interaction, state);
  }

  /** The refusal that no further step can lift, if there is one. */
  function deadEnd(visit: Visit, due: Step | undefined): string | undefined {
    const { requiredAcr } = visit.interaction;
    if (requiredAcr === undefined) return 'unknown_level';
    // SECURITY: the level is judged before the steps that follow it; an unmet one is an error and never a loop.
    const isReached = acrRank(levelOf(visit.used)) >= acrRank(requiredAcr);
    // SECURITY: proving oneself again takes a proof; without a means for it, nothing is taken for one.
    const { reauthenticate, session } = visit.interaction;
    const isUnproven = reauthenticate && session !== undefined && visit.state.proofs.length === 0;
    if (visit.person && due?.kind !== 'proof' && isUnproven) return 'level_unreachable';
    return visit.person && due?.kind !== 'proof' && !isReached ? 'level_unreachable' : undefined;
  }

  async function goOn(visit: Visit): Promise<string | undefined> {
    const due = await dueStep(visit);
    const reason = deadEnd(visit, due);
    if (reason !== undefined) return refuse(visit, reason);
    return due ? undefined : complete(visit);
  }

  /** Whoever has just chosen a means whose proof is made elsewhere goes there at once. */
  async function departure(visit: Visit, { firstMethod, secondMethod }: StateChange) {
    if (firstMethod == null && secondMethod === undefined) return undefined;
    try {
      return await (await dueStep(visit))?.departure?.(visit);
    } catch (error) {
      // The page that asks for the means says why it cannot be had now.
      const refusal = temporaryRefusal(error);
      if (!refusal) throw error;
      const { code, retryAfterSeconds } = refusal;
      await save(visit, {
        arrival: { code, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) },
      });
      return undefined;
    }
  }

  async function refuse(visit: Visit, reason: string): Promise<string> {
    const { requiredAcr, clientId } = visit.interaction;
    await audit.record(signinRefused, {
      ...(visit.person ? { account: visit.person.account.id } : {}),
      client: clientId,
      source: visit.source,
      outcome: 'refused',
      data: { client: clientId, reason, required: requiredAcr ?? null },
    });
    return finish(visit, {
      kind: 'refused',
      error: 'unmet_authentication_requirements',
      description: 'the requested level of authentication cannot be reached with the means of this person',
    });
  }

  async function complete(visit: Visit): Promise<string> {
    const { person, interaction, state, used, ctx } = visit;
    const acr = levelOf(used);
    if (!person || !acr) throw new TypeError('a sign-in without a proof');
    const { session } = interaction;
    // Whoever works in one place is not asked, and is there.
    const { chosen } = await situationsOf(directory, visit, clock.nowMs());
    const situation = chosen?.value ?? state.situation ?? session?.situation;
    const isStepUp = session?.accountId === person.account.id;
    await audit.record(signinCompleted, {
      actor: person.account.id,
      account: person.account.id,
      client: interaction.clientId,
      source: visit.source,
      acr,
      outcome: 'success',
      data: {
        client: interaction.clientId,
        methods: used.map(({ id }) => id).join(' '),
        situation: situation ?? null,
        steppedUp: isStepUp,
      },
    });
    // A machine of many people is not known as anybody's.
    if (state.proofs.length > 0 && !state.isShared) await devices.remember(ctx, person.account.id);
    await accounts.activity.note(person.account.id);
    // A code that was sent, by whatever way, and nothing else.
    const isCodeOnly = used.every(({ sendLimits }) => sendLimits !== undefined);
    return finish(visit, {
      kind: 'signed-in',
      accountId: person.account.id,
      acr,
      amr: amrOf(used),
      methods: used.map(({ id }) => id),
      authTime: state.proofs.at(-1)?.at ?? session?.authTime ?? clock.now(),
      maxSeconds: isCodeOnly ? settings.codeOnlySeconds : settings.maxSeconds,
      ...(state.isShared ? { idleSeconds: settings.sharedIdleSeconds } : {}),
      ...(situation === undefined ? {} : { situation }),
      ...(chosen?.place === undefined ? {} : { place: chosen.place }),
      ...(state.origins === undefined ? {} : { origins: state.origins }),
    });
  }

  async function finish(visit: Visit, outcome: Outcome): Promise<string> {
    const address = await interactions.finish(visit.ctx, outcome);
    await states.remove(visit.interaction.uid);
    return address;
  }

  async function render(visit: Visit, step: Step, refused?: Refusal & { alert?: Alert }, form?: Form) {
    const { view, data, refusal: own } = await step.page(visit, form);
    const refusal: (Refusal & { alert?: Alert }) | undefined = refused ?? own;
    const { ctx, interaction } = visit;
    ctx.status = refusal?.status ?? (refusal ? 422 : 200);
    if (refusal?.retryAfterSeconds !== undefined) ctx.set('Retry-After', String(refusal.retryAfterSeconds));
    await http.render(ctx, view, {
      ...data,
      clientName: interaction.clientName,
      alert: refusal ? (refusal.alert ?? alertOf(refusal)) : null,
      fieldErrors: refusal?.fields ?? {},
    });
  }

  function redirect(ctx: Context, address: string): void {
    ctx.status = 303;
    ctx.redirect(address);
  }

  return {
    async show(ctx) {
      const visit = await visitOf(ctx);
      if (visit.interaction.resumeAt !== undefined) return redirect(ctx, visit.interaction.resumeAt);
      const address = await goOn(visit);
      if (address !== undefined) return redirect(ctx, address);
      const step = await dueStep(visit);
      if (step) await render(visit, step);
    },

    async submit(ctx) {
      const form = await http.readForm(ctx);
      const visit = await visitOf(ctx, form);
      if (visit.interaction.resumeAt !== undefined) return redirect(ctx, visit.interaction.resumeAt);
      const step = await dueStep(visit);
      // A form of another step (an old tab, the back button) changes nothing: the person sees where they are. One in
      // which nothing was chosen is this step's.
      if (!step || !(form.isBare || (await step.owns(visit, form)))) return redirect(ctx, ctx.path);
      try {
        const result = await step.submit(visit, form);
        if ('refusal' in result) {
          const status = result.refusal.code === 'signin.locked' ? { status: 429 } : {};
          return await render(visit, step, { ...result.refusal, ...status }, form);
        }
        const next = await save(visit, result.change);
        redirect(
          ctx,
          (await goOn(next)) ?? result.leaveFor ?? (await departure(next, result.change)) ?? ctx.path,
        );
      } catch (error) {
        const refusal = temporaryRefusal(error);
        if (!refusal) throw error;
        await render(visit, step, refusal, form);
      }
    },

    async arrive(ctx) {
      const visit = await visitOf(ctx);
      const { uid, resumeAt } = visit.interaction;
      const address = `/interaction/${encodeURIComponent(uid)}`;
      if (resumeAt !== undefined) return redirect(ctx, resumeAt);
      // Also takes what came back out of the address bar.
      const change = (await (await dueStep(visit))?.arrive?.(visit, ctx.querystring)) ?? {};
      redirect(ctx, (await goOn(await save(visit, change))) ?? address);
    },
  };
}

function isOutdated(proof: SigninState['proofs'][number], { passwordChangedAt = 0 }: Account): boolean {
  return proof.method === 'password' && proof.at < passwordChangedAt;
}

function newState(interaction: Interaction): SigninState {
  return { id: interaction.uid, proofs: [], expiresAt: interaction.expiresAt };
}

function sessionEnded(): AppError {
  return new AppError({
    code: 'signin.interaction_ended',
    status: 400,
    publicMessage: 'Cette page de connexion n’est plus valable.',
    hint: 'Retournez à l’application et recommencez la connexion. Les cookies doivent être acceptés.',
  });
}
