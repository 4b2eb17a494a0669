import { expect } from 'chai';
import { main } from '../../src/main.ts';

/** What a command line prints and exits with; none of these reads a configuration. */
async function run(...argv: string[]) {
  const said = { out: '', err: '', code: -1 };
  const output = {
    out: (line: string) => void (said.out += `${line}\n`),
    err: (line: string) => void (said.err += `${line}\n`),
  };
  said.code = await main(argv, output);
  return said;
}

describe('the command line', () => {
  it('is explained on the standard output when asked, and on the other one when misused', async () => {
    for (const word of ['help', '--help', '-h']) {
      const { out, err, code } = await run(word);
      expect({ err, code }, word).to.deep.equal({ err: '', code: 0 });
      expect(out).to.include('rotate-keys').and.include('restore FILE');
    }
    const { out, err, code } = await run('rotate-kyes');
    expect({ out, code }).to.deep.equal({ out: '', code: 2 });
    expect(err).to.include('rotate-keys');
  });

  it('explains one command, and does nothing else, wherever --help stands', async () => {
    for (const argv of [
      ['rotate-keys', '--help'],
      ['backup', '--help'],
      ['import', 'region.json', '-h'],
    ]) {
      const { out, code } = await run(...argv);
      expect(code).to.equal(0);
      expect(out).to.match(new RegExp(`^usage: ${argv[0]}`, 'u'));
    }
  });

  it('refuses words that a command does not take, before it reads or writes anything', async () => {
    for (const argv of [
      ['rotate-keys', '--now'],
      ['export', 'zz'],
      ['check-config', 'zz'],
      ['backup', '--to', 'x'],
      ['restore', 'x', '--chekc'],
    ]) {
      const { err, code } = await run(...argv);
      expect(code, argv.join(' ')).to.equal(2);
      expect(err).to.match(new RegExp(`^usage: ${argv[0]}`, 'u'));
    }
  });
});
