import { createDirectory, type Directory, type Professional } from '#directory/index.ts';
import { createShiftedClock } from '#kernel/index.ts';
import { expect } from 'chai';
import { openTestStore, type TestStore } from '../support/store.ts';

const person: Professional = {
  id: 'acc-1',
  status: 'active',
  givenName: 'Hélène',
  familyName: 'Œuvrard',
  specialties: [],
  nationalIds: [],
  memberships: [],
  delegations: [],
};

describe('the marks of a change of status', () => {
  let store: TestStore;
  let professionals: Directory['professionals'];
  beforeEach(async () => {
    const clock = createShiftedClock();
    store = await openTestStore({ clock });
    ({ professionals } = createDirectory({ store, clock }));
    await professionals.insert(person);
  });
  afterEach(() => store.destroy());

  const setStatus = (status: Professional['status']) =>
    professionals.update('acc-1', before => ({ ...before, status }));
  const marked = async () =>
    (await professionals.withSessionsToEnd({ limit: 10 })).items.map(({ id, sessionsEpoch }) => [
      id,
      sessionsEpoch,
    ]);

  it('are written with each change, and with nothing else', async () => {
    await professionals.update('acc-1', before => ({ ...before, email: 'h@chu.example' }));
    expect(await marked()).to.deep.equal([]);
    await setStatus('suspended');
    expect(await marked()).to.deep.equal([['acc-1', 1]]);
    await setStatus('suspended');
    await setStatus('active');
    expect(await marked()).to.deep.equal([['acc-1', 2]]);
  });

  it('stay when somebody writes the person anew without them, as an import does', async () => {
    await setStatus('suspended');
    await professionals.update('acc-1', () => ({ ...person, status: 'suspended' }));
    expect(await marked()).to.deep.equal([['acc-1', 1]]);
    await professionals.update('acc-1', () => ({ ...person, sessionsEpoch: 0, hasSessionsToEnd: false }));
    expect(await marked()).to.deep.equal([['acc-1', 2]]);
  });

  it('go when the sessions are ended, unless the status has changed again meanwhile', async () => {
    await setStatus('suspended');
    await setStatus('active');
    await professionals.noteSessionsEnded('acc-1', 1);
    expect(await marked()).to.deep.equal([['acc-1', 2]]);
    await professionals.noteSessionsEnded('acc-1', 2);
    expect(await marked()).to.deep.equal([]);
    expect(await professionals.get('acc-1')).to.include({ sessionsEpoch: 2 });
  });
});
