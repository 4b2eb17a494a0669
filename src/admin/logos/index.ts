/**
 * Logos: what was uploaded is decoded and drawn again (`logos.ts`), kept under the hash of its content, and served to
 * everybody. Whose logo it is stands with the organisation or the application; who may change it, with their acts.
 */
import type Router from '@koa/router';
import { z } from 'zod';
import { invalidFields } from '../acts/refusals.ts';
import type { PictureProblem } from './bounds.ts';
import { MAX_LOGO_BYTES, type Logo, type Logos } from './logos.ts';

export { createLogos, MAX_LOGO_BYTES, type Logo, type Logos } from './logos.ts';

/** The picture, in base64: the API sends it so; a page takes it from its form. */
export const pictureField = z
  .string()
  .max(Math.ceil(MAX_LOGO_BYTES / 3) * 4, 'Choisissez une image de 1 Mio au plus.')
  .regex(/^[A-Za-z0-9+/]+={0,2}$/u, 'Envoyez l’image en base64.');

/** A picture as a request sends it, its bytes alone. */
export const PICTURE_BODY = { types: ['image/png', 'image/jpeg'], maxBytes: MAX_LOGO_BYTES } as const;

const SENTENCES: Readonly<Record<PictureProblem, string>> = {
  format: 'Choisissez une image PNG ou JPEG.',
  too_many_pixels: 'Cette image est trop grande : 4 millions de pixels et 1 Mio au plus.',
  broken: 'Cette image ne se lit pas : enregistrez-la de nouveau en PNG, puis recommencez.',
};

/** Draws the picture of an act's input. Throws `admin.invalid` (422) on the field `picture`. */
export async function readPicture(logos: Logos, picture: string): Promise<Logo> {
  const drawn = await logos.draw(Buffer.from(picture, 'base64'));
  if (typeof drawn === 'string') throw invalidFields({ picture: SENTENCES[drawn] });
  return drawn;
}

/** `/logos/<hash>.png`: public, as the logos of establishments are; the same for ever under its name. */
export function serveLogos(routes: Router, logos: Logos): void {
  routes.get('/logos/:file', async (ctx, next) => {
    const [, id] = /^([0-9a-f]{64})\.png$/u.exec(String(ctx.params['file'])) ?? [];
    const logo = id === undefined ? null : await logos.get(id);
    if (!logo) return next();
    // Applications show it on pages of their own.
    ctx.set('Cross-Origin-Resource-Policy', 'cross-origin');
    ctx.set('Cache-Control', 'public, max-age=31536000, immutable');
    ctx.set('Content-Disposition', 'inline');
    ctx.set('ETag', `"${logo.id}"`);
    ctx.type = 'image/png';
    ctx.status = 200;
    if (ctx.fresh) ctx.status = 304;
    else ctx.body = Buffer.from(logo.png, 'base64');
  });
}
