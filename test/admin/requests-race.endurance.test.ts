import { expect } from 'chai';
import { administeredRegion, type Seat } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createTestDesk, csrfIn, type TestDesk } from '../support/desk.ts';
import { runErrands, sendRequest, stateOf } from './sent-requests.ts';

const CALLERS = 60;

describe('a request that many administrators decide on at once', () => {
  let app: TestApp;
  let desk: TestDesk;
  before(async () => {
    app = await startTestApp({ region: administeredRegion(), env: { TROUSSEAU_WELCOME_PAUSE: '0s' } });
    desk = createTestDesk(app);
  });
  after(() => app.destroy());

  it('is decided once, and opens one account with one profile and two mails', async () => {
    const { id, life } = await sendRequest(app, { familyName: 'Course', rpps: '99700367909' });
    const path = `/admin/requests/${id}`;
    const seats = await Promise.all(['paul', 'anne', 'carole'].map(who => desk.seat(who)));
    const [first] = seats as [Seat, ...Seat[]];
    const tokens = await Promise.all(seats.map(async ({ get }) => csrfIn(await get(path))));
    const answers = await Promise.all(
      Array.from({ length: CALLERS }, (_, at) => {
        const [seat, csrf = ''] = [seats[at % seats.length], tokens[at % seats.length]];
        const values = {
          csrf,
          turn: String(life.turn),
          branch: 'chu',
          'network-0': 'cancerologie',
          'profile-0': 'utilisateur_cancerologie',
          'organisation-0': 'chu',
        };
        // One in six refuses: a decision is one, whichever it is.
        const isRefusal = at % 6 === 5;
        const body = new URLSearchParams(
          isRefusal ? { csrf, turn: String(life.turn), reason_code: 'identity' } : values,
        );
        return (seat ?? first).browser.post(`${app.issuer}${path}/${isRefusal ? 'refuse' : 'accept'}`, body, {
          stopAt: `${app.issuer}${path}?done=`,
        });
      }),
    );
    const won = answers.filter(page => page.url.search.startsWith('?done='));
    expect(won).to.have.length(1);
    const lost = answers.filter(page => page !== won[0]).map(page => page.alertCode);
    expect([...new Set(lost)]).to.have.members(
      lost.includes('enrolment.not_now')
        ? lost.includes('enrolment.changed_meanwhile')
          ? ['enrolment.not_now', 'enrolment.changed_meanwhile']
          : ['enrolment.not_now']
        : ['enrolment.changed_meanwhile'],
    );
    await Promise.all([runErrands(app), runErrands(app)]);
    await runErrands(app);
    const { items } = await app.services.directory.professionals.list('name', {
      prefix: 'lea course',
      limit: 9,
    });
    const people = items.filter(({ familyName }) => familyName === 'Course');
    if (won[0]?.url.search === '?done=refused') {
      expect(await stateOf(app, id)).to.equal('refused');
      expect(people).to.have.length(0);
      return;
    }
    expect(await stateOf(app, id)).to.equal('opened');
    expect(people).to.have.length(1);
    expect(people[0]?.memberships).to.have.length(1);
    expect(await app.services.accounts.loginOf(people[0]?.id ?? '')).to.equal('lea.course');
    expect((await app.mails()).filter(({ to }) => to === 'course@exemple.fr')).to.have.length(2);
  });
});
