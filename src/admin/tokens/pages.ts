import type { Token } from '#methods/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { invalidFields, notFound } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { doneSentence, queryText, submitAct, toRefusal, type Refusal } from '../forms.ts';
import { nameOf, seenPerson } from '../people/seen.ts';
import type { TokenActs } from './acts.ts';
import { readSeedFile } from './seed-file.ts';

const DONE: Readonly<Record<string, string>> = {
  imported: 'Le fichier est importé. Les calculettes déjà connues n’ont pas changé.',
  given: 'La calculette est remise. La personne est prévenue par courriel.',
  taken: 'La calculette est reprise : elle est de nouveau en stock.',
  proposed: 'C’est proposé ; une autre personne doit confirmer.',
};

const PAGE_SIZE = 50;
const MAX_BYTES = 1024 * 1024;

/** `/admin/tokens`: the calculettes of the region and who has them. */
export function createTokenPages(routes: Router, context: AdminContext, acts: TokenActs): void {
  const { http, desk, tokens, accounts, directory } = context;

  function assertReads({ authority }: Clerk): void {
    if (!authority.may('means', 'read', {})) throw notFound();
  }

  async function rowOf({ serial, account }: Token) {
    const person = account === null ? null : await directory.professionals.get(account);
    return { serial, sub: account, holder: person ? nameOf(person) : account };
  }

  async function show(
    ctx: Context,
    clerk: Clerk,
    typed: { readonly serial?: string; readonly login?: string; readonly refusal?: Refusal } = {},
  ): Promise<void> {
    const after = queryText(ctx, 'after');
    const { items, next } = await tokens.list({
      limit: PAGE_SIZE,
      ...(after === undefined ? {} : { after }),
    });
    await http.render(ctx, 'admin/tokens', {
      rows: await Promise.all(items.map(rowOf)),
      next: next ?? null,
      mayChange: clerk.authority.may('means', 'update', {}),
      serial: typed.serial ?? '',
      login: typed.login ?? '',
      alert: typed.refusal ?? null,
      errors: typed.refusal?.fields ?? {},
      done: doneSentence(ctx, DONE),
    });
  }

  routes.get('/admin/tokens', ctx =>
    desk.openFor(ctx, ['means', 'read'], async clerk => {
      assertReads(clerk);
      await show(ctx, clerk);
    }),
  );

  routes.post('/admin/tokens', ctx =>
    desk.openFor(ctx, ['means', 'update'], async clerk => {
      const { file } = await http.readUpload(ctx, MAX_BYTES);
      const read = file ? readSeedFile(file.content) : null;
      if (!read?.ok) {
        const message = read ? read.message : 'Choisissez le fichier que le fabricant a fourni.';
        await show(ctx, clerk, { refusal: toRefusal(invalidFields({ seeds: message })) });
        ctx.status = 422;
        return;
      }
      const asked = { act: acts.import, input: { seeds: read.seeds } };
      await submitAct(context, ctx, clerk, asked, {
        again: refusal => show(ctx, clerk, { refusal }),
        then: ({ state }) => `/admin/tokens?done=${state === 'done' ? 'imported' : 'proposed'}`,
      });
    }),
  );

  routes.post('/admin/tokens/give', ctx =>
    desk.openFor(ctx, ['account', 'reset'], async clerk => {
      assertReads(clerk);
      const form = await http.readForm(ctx);
      const [serial, login] = [form.get('serial').trim(), form.get('login').trim()];
      const account = await accounts.findByLogin(login);
      const again = (refusal: Refusal) => show(ctx, clerk, { serial, login, refusal });
      if (!account) {
        await again(toRefusal(invalidFields({ login: 'Aucun compte ne porte cet identifiant.' })));
        ctx.status = 422;
        return;
      }
      await seenPerson(directory, clerk.authority, account.id);
      const asked = { act: acts.give, input: { sub: account.id, serial } };
      await submitAct(context, ctx, clerk, asked, {
        again,
        then: ({ state }) => `/admin/tokens?done=${state === 'done' ? 'given' : 'proposed'}`,
      });
    }),
  );

  routes.post('/admin/tokens/take-back', ctx =>
    desk.openFor(ctx, ['account', 'reset'], async clerk => {
      assertReads(clerk);
      const form = await http.readForm(ctx);
      const serial = form.get('serial').trim();
      const { account = null } = (await tokens.get(serial)) ?? {};
      if (account === null) {
        await show(ctx, clerk, {
          refusal: toRefusal(
            invalidFields({ serial: 'Personne n’a cette calculette : elle est déjà en stock.' }),
          ),
        });
        ctx.status = 422;
        return;
      }
      await seenPerson(directory, clerk.authority, account);
      const asked = { act: acts.takeBack, input: { sub: account, serial } };
      await submitAct(context, ctx, clerk, asked, {
        again: refusal => show(ctx, clerk, { refusal }),
        then: ({ state }) => `/admin/tokens?done=${state === 'done' ? 'taken' : 'proposed'}`,
      });
    }),
  );
}
