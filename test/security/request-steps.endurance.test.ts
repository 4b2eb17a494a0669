import { expect } from 'chai';
import type fc from 'fast-check';
import { createApplicant, linkSentTo, PDF, type Applicant } from '../enrolment/applicant.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { commandOf, inAnyOrder, ORDER, stateOf, STEPS, UNBOUND, type Step } from './request-forms.ts';

const RUNS = 12;
const MOST_STEPS = 14;

/** What is true of the request, said without its code. */
interface Model {
  readonly done: Set<Step>;
  hasBegun: boolean;
  isAddressGiven: boolean;
  isAddressProven: boolean;
  hasInterests: boolean;
  hasProofs: boolean;
}

interface Real {
  readonly app: TestApp;
  readonly address: string;
  /** The browser that is asking now: another one after a lost link. */
  person: Applicant;
  readonly stranger: Applicant;
}

type Command = fc.AsyncCommand<Model, Real>;
const command = commandOf<Model, Real>;

/** True when every step before that one is done: only then does its form change anything. */
const isReached = ({ hasBegun, done }: Model, step: Step): boolean =>
  hasBegun && ORDER.slice(0, ORDER.indexOf(step)).every(before => done.has(before));
const isFilledIn = (model: Model): boolean => isReached(model, 'phones') && model.done.has('phones');

/** The way of who does everything in its order; any part of it comes before the steps in any order. */
const inOrder: readonly Command[] = [
  command('begin', async (model, { person }) => {
    if (model.hasBegun) return;
    await person.begin();
    model.hasBegun = true;
  }),
  ...ORDER.map(step =>
    command(`post ${step}`, async (model, { person }) => {
      const isDue = isReached(model, step);
      await person.get('/request');
      await person.forge(`/request/${step}`, { ...STEPS[step], go: 'next', status: 'accepted' });
      if (isDue) model.done.add(step);
    }),
  ),
  command('give the address', async (model, { person, address }) => {
    await person.get('/request');
    await person.forge('/request/email', { email: address, email_again: address, go: 'next' });
    if (model.hasBegun) model.isAddressGiven = true;
  }),
  command('type the code of the address', async (model, real) => {
    const mail = (await real.app.mails()).find(
      ({ to, text }) => to === real.address && /^\s+\d{6}$/mu.test(text),
    );
    const [, code = '000000'] = /^\s+(\d{6})$/mu.exec(mail?.text ?? '') ?? [];
    await real.person.get('/request');
    await real.person.forge('/request/email/code', { code });
    if (model.isAddressGiven) model.isAddressProven = true;
  }),
  command('choose networks', async (model, { person }) => {
    await person.get('/request');
    await person.forge('/request/interests', { networks: 'cancerologie', go: 'next' });
    if (isFilledIn(model) && model.isAddressProven) model.hasInterests = true;
  }),
  command('add the documents', async (model, { person }) => {
    if (!model.hasBegun) return;
    await person.get('/request/email');
    await person.upload('signed_request', PDF);
    await person.upload('identity_card', PDF);
    model.hasProofs = true;
  }),
];

const send = command('send', async (model, { person, app, address }) => {
  await person.get('/request');
  await person.forge('/request/summary', { go: 'next' });
  await person.get('/request/follow');
  const isReady = isFilledIn(model) && model.isAddressProven && model.hasInterests && model.hasProofs;
  expect(stateOf(person) === 'received', `sent by ${address}`).to.equal(isReady);
  const sent = await app.enrolment.office.requests.ofMailbox(address);
  if (!isReady) expect(sent?.life.state ?? 'draft').to.equal('draft');
});

const commands: readonly Command[] = [
  ...inOrder,
  command('arrive without a card', async (_model, { person }) => {
    await person.get('/request/arrival?ticket=AAAAAAAAAAAAAAAAAAAAAA&state=request-x.y');
  }),
  command('lose the browser and resume by mail', async (model, real) => {
    if (!model.isAddressProven) return;
    const { app, address } = real;
    real.person = createApplicant(app);
    await real.person.get('/request/resume');
    await real.person.fill('resume', { email: address });
    await real.person.get(await linkSentTo(app, address));
    await real.person.fill('link');
  }),
  command(
    'a stranger asks for the link of somebody else’s request',
    async (_model, { stranger, address }) => {
      await stranger.get('/request/resume');
      const asked = await stranger.fill('resume', { email: address });
      expect(asked.status).to.equal(200);
    },
  ),
  command('a stranger looks, confirms and sends', async (_model, { stranger }) => {
    await stranger.get('/request');
    await stranger.forge('/request/confirm', { accept: 'yes' });
    await stranger.forge('/request/summary', { go: 'next' });
    await stranger.get('/request/follow');
    expect(stranger.page().body).to.not.contain('Modele').and.not.contain('MODELE');
  }),
  send,
];

/** SECURITY: whatever the order of the forms, nothing is sent before every step is done, and by nobody but its person. */
describe('the steps of a request for an account in any order', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({ env: UNBOUND });
  });
  after(() => app.destroy());

  it('never let a step be skipped', async function () {
    this.timeout(300_000);
    await inAnyOrder<Model, Real>({
      runs: RUNS,
      mostSteps: MOST_STEPS,
      inOrder,
      commands,
      end: send,
      async begin(address) {
        const [person, stranger] = [createApplicant(app), createApplicant(app)];
        await person.get('/request');
        await stranger.get('/request');
        return {
          real: { app, address, person, stranger },
          model: {
            done: new Set(),
            hasBegun: false,
            isAddressGiven: false,
            isAddressProven: false,
            hasInterests: false,
            hasProofs: false,
          },
        };
      },
    });
  });
});
