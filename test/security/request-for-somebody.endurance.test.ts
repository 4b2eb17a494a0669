import { expect } from 'chai';
import type fc from 'fast-check';
import { createApplicant, linkSentTo, type Applicant } from '../enrolment/applicant.ts';
import { administeredRegion, seatOf, type Seat } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { commandOf, inAnyOrder, ORDER, stateOf, STEPS, UNBOUND, type Step } from './request-forms.ts';

const RUNS = 12;
const MOST_STEPS = 12;
const PAGE = '/request/for-somebody';
/** What the administrator says of the person; the rest is for the person to say. */
const SAID: readonly Step[] = ['profession', 'name', 'workplace'];

/** What is true of the request, said without its code. */
interface Model {
  readonly done: Set<Step>;
  hasOpened: boolean;
  isTakenOver: boolean;
  isSent: boolean;
  isWithdrawn: boolean;
}

interface Real {
  readonly app: TestApp;
  readonly address: string;
  readonly terms: string;
  readonly person: Applicant;
  /** A browser without the link; the administrator’s own is another one like it. */
  readonly stranger: Applicant;
}

const command = commandOf<Model, Real>;

const isWritten = ({ isTakenOver, isSent, isWithdrawn }: Model) => isTakenOver && !isSent && !isWithdrawn;
const isReached = ({ done }: Model, step: Step): boolean =>
  ORDER.slice(0, ORDER.indexOf(step)).every(before => done.has(before));
const isComplete = ({ done }: Model): boolean => ORDER.every(step => done.has(step));

/** Posts what no page offered; the page before it has a form whatever the state of the request. */
async function forge(who: Applicant, path: string, values: Readonly<Record<string, string>>): Promise<void> {
  await who.get('/request/resume');
  await who.forge(path, values);
}

/** The way of an invited person who does everything in its order. */
const inOrder: readonly fc.AsyncCommand<Model, Real>[] = [
  command('open the invitation', async (model, { person, app, address }) => {
    await person.get(await linkSentTo(app, address));
    await person.fill('link');
    model.hasOpened = true;
  }),
  command('take the request over', async (model, { person, terms: version }) => {
    await forge(person, '/request/confirm', { accept: 'yes', version });
    if (model.hasOpened && !model.isWithdrawn) model.isTakenOver = true;
  }),
  ...ORDER.map(step =>
    command(`post ${step}`, async (model, { person }) => {
      await forge(person, `/request/${step}`, { ...STEPS[step], go: 'next', status: 'accepted' });
      if (isWritten(model) && isReached(model, step)) model.done.add(step);
    }),
  ),
];

const send = command('send', async (model, { person, app, address }) => {
  await forge(person, '/request/summary', { go: 'next' });
  if (isWritten(model) && isComplete(model)) model.isSent = true;
  const stored = await app.enrolment.office.requests.ofMailbox(address);
  const expected = model.isWithdrawn ? 'withdrawn' : model.isSent ? 'received' : 'to_confirm';
  expect(stored?.life.state, `of ${address}`).to.equal(expected);
  expect(stored?.askedBy?.takenOverAt !== undefined, `taken over by ${address}`).to.equal(model.isTakenOver);
  await person.get('/request/follow');
  if (model.hasOpened) expect(stateOf(person)).to.equal(expected === 'to_confirm' ? undefined : expected);
});

const commands: readonly fc.AsyncCommand<Model, Real>[] = [
  ...inOrder,
  command('take it over without the règlement', async (_model, { person }) => {
    await forge(person, '/request/confirm', { version: 'of-another-day', accept: 'yes' });
  }),
  command('want none of it', async (model, { person }) => {
    await forge(person, '/request/withdraw', { confirm: 'yes' });
    if (model.hasOpened && !isWritten(model)) model.isWithdrawn = true;
  }),
  command('a stranger confirms, sends and withdraws', async (_model, { stranger, terms: version }) => {
    await forge(stranger, '/request/confirm', { accept: 'yes', version });
    await forge(stranger, '/request/summary', { go: 'next' });
    await forge(stranger, '/request/withdraw', { confirm: 'yes' });
    await stranger.get('/request/confirm');
    expect(stranger.page().body).to.not.contain('Modele').and.not.contain('MODELE');
  }),
  send,
];

/** SECURITY: what an administrator began for somebody goes out by that person's own word only, and whole. */
describe('a request for somebody else in any order', () => {
  let app: TestApp;
  let paul: Seat;
  before(async () => {
    app = await startTestApp({ region: administeredRegion(), env: UNBOUND });
    paul = await seatOf(app, 'paul');
  });
  after(() => app.destroy());

  it('never goes out without the word of the person', async function () {
    this.timeout(300_000);
    const terms = (await app.services.terms.current())?.id ?? '';
    await inAnyOrder<Model, Real>({
      runs: RUNS,
      mostSteps: MOST_STEPS,
      inOrder,
      commands,
      end: send,
      async begin(address) {
        await paul.browser.submit(await paul.get(PAGE), 'for-somebody', {
          ...STEPS.profession,
          ...STEPS.name,
          ...STEPS.workplace,
          email: address,
          networks: ['cancerologie'],
        });
        const [person, stranger] = [createApplicant(app), createApplicant(app)];
        return {
          real: { app, address, terms, person, stranger },
          model: {
            done: new Set(SAID),
            hasOpened: false,
            isTakenOver: false,
            isSent: false,
            isWithdrawn: false,
          },
        };
      },
    });
  });
});
