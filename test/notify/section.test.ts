import { ConfigError, coreSection, loadConfig, type Environment } from '#config/index.ts';
import { createShiftedClock } from '#kernel/index.ts';
import { notifySection, openDemoChannel, openMailChannel, openSmsChannel } from '#notify/index.ts';
import { expect } from 'chai';
import { openTestStore } from '../support/store.ts';

const load = (env: Environment) => loadConfig([coreSection, notifySection], env, { cwd: '/nonexistent' });

function problems(env: Environment): readonly string[] {
  try {
    load(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ setting }) => setting);
    throw error;
  }
}

describe('the mail settings', () => {
  const production = {
    TROUSSEAU_MODE: 'production',
    TROUSSEAU_ISSUER: 'https://connexion.region.example',
    TROUSSEAU_STORE_URL: 'mongodb://db.region.example/trousseau',
    TROUSSEAU_SEAL_KEYS: `k1:${Buffer.from(Array.from({ length: 32 }, (_, n) => n * 7)).toString('base64url')}`,
    TROUSSEAU_SMTP_URL: 'smtp://u:p@mail.region.example',
    TROUSSEAU_MAIL_FROM: 'Trousseau <ne-pas-repondre@region.example>',
  };

  it('keep mail in the store in a demonstration', () => {
    expect(load({}).of(notifySection)).to.include({ mailChannel: 'demo', smtpUrl: undefined });
  });

  it('send by SMTP in production, and in a demonstration that has a server', () => {
    expect(load(production).of(notifySection).mailChannel).to.equal('smtp');
    const env = { TROUSSEAU_SMTP_URL: 'smtp://127.0.0.1:2525' };
    expect(load(env).mode).to.equal('demo');
    expect(load(env).of(notifySection).mailChannel).to.equal('smtp');
  });

  it('refuse production without a server or a sender, or with another channel', () => {
    expect(problems({ ...production, TROUSSEAU_SMTP_URL: '', TROUSSEAU_MAIL_FROM: '' })).to.have.members([
      'TROUSSEAU_SMTP_URL',
      'TROUSSEAU_MAIL_FROM',
    ]);
    for (const channel of ['console', 'demo']) {
      const env = { ...production, TROUSSEAU_MAIL_CHANNEL: channel };
      expect(problems(env), channel).to.deep.equal(['TROUSSEAU_MAIL_CHANNEL']);
    }
  });

  it('refuse the channel smtp without a server', () => {
    expect(problems({ TROUSSEAU_MAIL_CHANNEL: 'smtp' })).to.deep.equal(['TROUSSEAU_SMTP_URL']);
  });

  it('refuse what is no SMTP address and no sender', () => {
    for (const url of [
      'mail.region.example',
      'http://mail.region.example',
      'smtp://',
      'smtp://a/b',
      'smtp://a?b',
    ]) {
      expect(problems({ TROUSSEAU_SMTP_URL: url }), url).to.include('TROUSSEAU_SMTP_URL');
    }
    for (const from of ['nobody', 'a@b, c@d', 'A <a@b>\r\nBcc: c@d']) {
      expect(problems({ TROUSSEAU_MAIL_FROM: from }), from).to.deep.equal(['TROUSSEAU_MAIL_FROM']);
    }
  });

  it('give the console channel a copy at /demo/outbox too', async () => {
    const clock = createShiftedClock();
    const store = await openTestStore({ clock });
    const demo = openDemoChannel({ store, clock });
    const settings = load({ TROUSSEAU_MAIL_CHANNEL: 'console' }).of(notifySection);
    let written = '';
    const channel = await openMailChannel({
      settings,
      demo,
      write: text => void (written += text),
    });
    await channel.send({ id: '1', to: 'a@b.example', subject: 'Objet', text: 'Texte', html: '' });
    channel.close();
    expect(written).to.include('Texte');
    expect((await demo.listDemoMessages()).map(({ text }) => text)).to.deep.equal(['Texte']);
    await store.destroy();
  });

  it('keep text messages in the store in a demonstration, and send none in production without a gateway', () => {
    expect(load({}).of(notifySection).smsChannel).to.equal('demo');
    expect(load(production).of(notifySection).smsChannel).to.equal('off');
    const gateway = { ...production, TROUSSEAU_SMS_URL: 'https://:t@sms.example/' };
    expect(load(gateway).of(notifySection).smsChannel).to.equal('http');
  });

  it('refuse channels that show text messages in production, a channel without gateway, and what is misspelt', () => {
    for (const channel of ['console', 'demo']) {
      const env = { ...production, TROUSSEAU_SMS_CHANNEL: channel };
      expect(problems(env), channel).to.deep.equal(['TROUSSEAU_SMS_CHANNEL']);
    }
    expect(problems({ TROUSSEAU_SMS_CHANNEL: 'http' })).to.deep.equal(['TROUSSEAU_SMS_URL']);
    expect(problems({ TROUSSEAU_SMS_URL: 'http://sms.example/' })).to.include('TROUSSEAU_SMS_URL');
    expect(problems({ TROUSSEAU_SMS_PREFIXES: '33' })).to.deep.equal(['TROUSSEAU_SMS_PREFIXES']);
    expect(problems({ TROUSSEAU_SMS_SENDER: 'much too long a name' })).to.deep.equal([
      'TROUSSEAU_SMS_SENDER',
    ]);
  });

  it('show text messages at /demo/outbox whatever their channel', async () => {
    const clock = createShiftedClock();
    const store = await openTestStore({ clock });
    const demo = openDemoChannel({ store, clock });
    let written = '';
    for (const channel of ['demo', 'console']) {
      const settings = load({ TROUSSEAU_SMS_CHANNEL: channel }).of(notifySection);
      const sms = openSmsChannel({
        settings,
        demo,
        write: text => void (written += text),
        issuer: 'http://localhost',
      });
      await sms?.send({ id: channel, to: '+33600000001', text: `par ${channel}` });
    }
    expect(written).to.include('par console').and.not.include('par demo');
    expect((await demo.listDemoMessages()).map(({ text }) => text)).to.deep.equal([
      'par console',
      'par demo',
    ]);
    await store.destroy();
  });
});
