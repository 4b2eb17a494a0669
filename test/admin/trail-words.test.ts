import { expect } from 'chai';
import { MORE_FIELDS, wordsOf } from '../../src/admin/acts/words.ts';

describe('the changes of an act, as the trail holds them', () => {
  const read = (words: string) => {
    expect(words.length).to.be.at.most(500);
    return JSON.parse(words) as Record<string, unknown>;
  };

  it('are whole JSON with every value when they are short', () => {
    const changes = { email: ['a@chu.example', null], rooms: [3, 4], isOpen: [false, true] } as const;
    expect(read(wordsOf(changes))).to.deep.equal(changes);
  });

  it('stay whole JSON and name every field when many texts are long', () => {
    const long = '« à »"\\\n'.repeat(100);
    const changes = Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`field_${at}`, [null, long]]));
    expect(Object.keys(read(wordsOf(changes as never)))).to.deep.equal(Object.keys(changes));
  });

  it('count the fields for which there is no room', () => {
    const changes = Object.fromEntries(
      Array.from({ length: 60 }, (_, at) => [`field_${at}`, ['before'.repeat(9), 'after'.repeat(9)]]),
    );
    const words = read(wordsOf(changes as never));
    const named = Object.keys(words).length - 1;
    expect(named).to.be.greaterThan(3);
    expect(words[MORE_FIELDS]).to.equal(60 - named);
  });

  it('bound lists and objects too, and never cut a character in two', () => {
    const words = read(wordsOf({ list: [Array(200).fill('a'), null], sign: [null, '😀'.repeat(200)] }));
    expect(words).to.have.all.keys('list', 'sign');
    expect(JSON.stringify(words).isWellFormed()).to.equal(true);
  });

  it('survive a field whose very name has no room', () => {
    expect(read(wordsOf({ ['x'.repeat(600)]: [1, 2] }))).to.deep.equal({ [MORE_FIELDS]: 1 });
  });
});
