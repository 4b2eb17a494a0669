import { duration, isLoopback, list, origin, parseDuration, port, wholeNumber } from '#config/index.ts';
import { expect } from 'chai';

describe('readers of values', () => {
  it('reads durations in seconds, and nothing that only resembles one', () => {
    const good = { '0': 0, '90s': 90, '15min': 900, '15 min': 900, '4h': 14_400, '120d': 10_368_000 };
    for (const [text, seconds] of Object.entries(good)) expect(parseDuration(text), text).to.equal(seconds);
    for (const text of ['', '4', '4 hours', '-1s', '1.5h', '1h30', 'h', '4H']) {
      expect(parseDuration(text), text).to.equal(undefined);
    }
    expect(duration('1min', '1h').safeParse('59s').success).to.equal(false);
    expect(duration('1min', '1h').parse('1h')).to.equal(3600);
  });

  it('reads whole numbers within their bounds only', () => {
    expect(wholeNumber(0, 5).parse('5')).to.equal(5);
    for (const text of ['6', '-1', '1.0', ' 1', '1e1', '0x1', '']) {
      expect(wholeNumber(0, 5).safeParse(text).success, text).to.equal(false);
    }
    expect(port().safeParse('0').success).to.equal(false);
    expect(port().safeParse('65536').success).to.equal(false);
  });

  it('reads an origin and drops its final slash; refuses paths, queries, credentials and other schemes', () => {
    expect(origin().parse('https://a.example/')).to.equal('https://a.example');
    for (const text of [
      'a.example',
      'ftp://a.example',
      'https://a.example/x',
      'https://a.example?x',
      'https://a.example/#',
      'https://u:p@a.example',
      'https://',
    ]) {
      expect(origin().safeParse(text).success, text).to.equal(false);
    }
  });

  it('reads lists without empty words', () => {
    expect(list().parse('a, b ,c')).to.deep.equal(['a', 'b', 'c']);
    expect(list().safeParse('a,,b').success).to.equal(false);
  });

  it('knows the names of this machine', () => {
    for (const host of ['localhost', 'dcc.localhost', '127.0.0.1', '127.8.9.1', '::1', '[::1]']) {
      expect(isLoopback(host), host).to.equal(true);
    }
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'localhost.example', '127.0.0.1.example', '127.1', '']) {
      expect(isLoopback(host), host).to.equal(false);
    }
  });
});
