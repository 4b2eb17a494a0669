import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { CLIENT, PASSWORD, startTestApp } from '../support/app.ts';
import { codeSentTo, createVisitor, redeem } from '../support/relying-party.ts';

const WRONG = 'Planted-Wrong-2026!';

describe('secrets in outputs', () => {
  it('never reach a log, a page, an audit line, a URL, a mail or a file in clear', async () => {
    const app = await startTestApp();
    try {
      const visitor = createVisitor(app);
      const started = await visitor.authorize();
      const refused = await visitor.browser.submit(started.page, 'identify', {
        login: 'claire.dupont',
        password: WRONG,
      });
      const signedIn = await visitor.signIn('claire.dupont', { params: { scope: 'openid offline_access' } });
      const { body } = await redeem(app, signedIn);
      const code = await codeSentTo(app, 'claire.dupont@chu.example');
      const bye = await visitor.browser.get(`${app.issuer}/account`);
      await app.services.audit.checkpoint();
      const trail = JSON.stringify((await app.services.audit.list({ limit: 1000 })).items);
      expect(trail.length).to.be.greaterThan(100);

      const session = visitor.browser.cookie('localhost', 'trousseau_session') ?? '';
      const tokens = [
        body.access_token,
        body.refresh_token,
        body.id_token,
        session,
        signedIn.callback.get('code'),
      ].map(String);
      const passwords = [WRONG, PASSWORD, CLIENT.secret];
      const outputs = { log: app.log(), refused: refused.body, bye: bye.body, trail };
      for (const secret of [...tokens, ...passwords]) {
        for (const [where, text] of Object.entries(outputs))
          expect(text.includes(secret), `${where} has a secret`).to.equal(false);
      }
      expect(app.log().includes(code)).to.equal(false);
      expect(trail.includes(code)).to.equal(false);
      for (const { text } of await app.mails()) {
        for (const secret of [...tokens, ...passwords]) expect(text.includes(secret)).to.equal(false);
      }
      // The region file itself holds the demonstration's passwords; every other file must not.
      const stored = (await readdir(app.dataDir)).filter(name => name !== 'region.json');
      for (const name of stored) {
        const bytes = await readFile(path.join(app.dataDir, name), 'latin1');
        for (const secret of [...tokens, ...passwords])
          expect(bytes.includes(secret), `${name} has a secret`).to.equal(false);
      }
    } finally {
      await app.destroy();
    }
  });
});
