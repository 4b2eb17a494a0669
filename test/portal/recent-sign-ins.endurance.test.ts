import { expect } from 'chai';
import { createPortalPorts } from '../../src/app-portal.ts';
import { sessionEnded } from '../../src/oidc/events.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor } from '../support/relying-party.ts';

const SUB = 'acc-claire';

describe('the last sign-ins of a person', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp();
  });
  after(() => app.destroy());

  it('are found behind a month of a thousand other events and more, the newest first', async function () {
    this.timeout(30_000);
    for (let at = 0; at < 1050; at++) {
      await app.services.audit.record(sessionEnded, { account: SUB, outcome: 'success' });
    }
    const clients = ['dcc', 'docs', 'dcc'];
    for (const client_id of clients) {
      app.clock.advance(60);
      await createVisitor(app).signIn('claire.dupont', { params: { client_id, scope: 'openid' } });
    }
    const { services, oidc, access } = app;
    const onPasswordChanged = async () => undefined;
    const ports = createPortalPorts({
      services,
      oidc,
      access,
      demo: undefined,
      onPasswordChanged,
      methods: [],
      takesRequests: false,
      askForAccount: app.enrolment.askForAccount,
    });
    const found = (await ports.recentSignIns?.(SUB)) ?? [];
    expect(found.map(({ client }) => client)).to.deep.equal(clients.toReversed());
    const times = found.map(({ atMs }) => atMs);
    expect(times).to.deep.equal(times.toSorted((a, b) => b - a));
  });
});
