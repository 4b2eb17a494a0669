import { expect } from 'chai';
import { useConsentDesk } from './desk.ts';

describe('acts on a record at once', () => {
  const desk = useConsentDesk();
  const { begin, on, told } = desk;

  it('names exactly one creator when fifty are named at once', async () => {
    await on('PUT', '/information', told());
    await on('PUT', '/consent', told());
    const names = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? 'claire' : 'hugo'));
    const answers = await Promise.all(names.map(account => on('PUT', '/creator', { account })));
    const { json } = await on('GET', '');
    answers.forEach(({ status }, index) =>
      expect(status).to.equal(names[index] === json['creator'] ? 200 : 409),
    );
    expect((json['history'] as { kind: string }[]).filter(({ kind }) => kind === 'creator')).to.have.length(
      1,
    );
  });

  it('loses none of fifty acts made at once', async () => {
    await begin();
    const acts = Array.from({ length: 50 }, () => on('POST', '/oppositions', told({ account: 'marc' })));
    expect((await Promise.all(acts)).map(({ status }) => status)).to.deep.equal(Array(50).fill(201));
    const { json } = await on('GET', '');
    expect(json['oppositions']).to.have.length(50);
    expect(json['history']).to.have.length(53);
  });

  it('makes one record of fifty first acts on a new patient', async () => {
    const acts = Array.from({ length: 50 }, () => on('PUT', '/information', told()));
    expect((await Promise.all(acts)).map(({ status }) => status)).to.deep.equal(Array(50).fill(200));
    expect((await on('GET', '')).json['history']).to.have.length(50);
  });
});
