import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { createTestShell, type TestShell } from '../support/shell.ts';

describe('pages of a host where each connection is dear', () => {
  let shell: TestShell;
  before(async () => {
    shell = await createTestShell({ viewsFolder: 'views', isSelfContained: true });
    shell.http.use(async (ctx, next) => {
      if (ctx.path !== '/page') return next();
      await shell.http.render(ctx, 'logged-out', {});
    });
    await shell.start();
  });
  after(() => shell.close());

  it('are one request: styles and icons stand in them, and nothing else is loaded', async () => {
    const { text } = await shell.send({ path: '/page' });
    expect(text).to.not.match(/<script|<link[^>]*stylesheet|(?:src|href)="\/assets\//u);
    expect(text).to.contain('<symbol id="logo"');
    expect(text).to.match(/<link rel="icon"[^>]*href="data:image\/svg\+xml;base64,/u);
    for (const [, target = ''] of text.matchAll(/<use href="([^"]*)"/gu))
      expect(text).to.contain(`<symbol id="${target.slice(1)}"`);
  });

  it('allow this very style sheet and no other', async () => {
    const { text, headers } = await shell.send({ path: '/page' });
    const styles = [...text.matchAll(/<style>(.*?)<\/style>/gsu)].map(([, content = '']) => content);
    expect(styles).to.have.length(1);
    const digest = createHash('sha256')
      .update(styles[0] ?? '')
      .digest('base64');
    expect(headers['content-security-policy']).to.contain(`style-src 'sha256-${digest}'`);
    expect(headers['content-security-policy']).to.not.contain("style-src 'self'");
  });

  it('are so for errors too', async () => {
    const { text, status } = await shell.send({ path: '/nowhere', headers: { accept: 'text/html' } });
    expect(status).to.equal(404);
    expect(text).to.contain('<style>').and.not.contain('/assets/');
  });
});
