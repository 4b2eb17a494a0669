import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Middleware } from 'koa';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
};

export interface Assets {
  /** The address of an asset, with the hash of its content. Throws `TypeError` for an unknown one. */
  url(name: string): string;
  /** The content of a text asset. Throws `TypeError` for an unknown one. */
  text(name: string): string;
  readonly middleware: Middleware;
}

/** Reads `folder` once; serves each file under its content's hash, so that browsers keep it for ever. */
export function createAssets(folder: string): Assets {
  const byUrl = new Map<string, { readonly body: Buffer; readonly type: string; readonly etag: string }>();
  const urls = new Map<string, string>();
  for (const name of readdirSync(folder)) {
    const { ext, name: stem } = path.parse(name);
    const type = TYPES[ext];
    if (type === undefined) continue;
    const body = readFileSync(path.join(folder, name));
    const hash = createHash('sha256').update(body).digest('hex').slice(0, 12);
    const url = `/assets/${stem}.${hash}${ext}`;
    urls.set(name, url);
    byUrl.set(url, { body, type, etag: `"${hash}"` });
  }
  function urlOf(name: string): string {
    const url = urls.get(name);
    if (url === undefined) throw new TypeError(`there is no asset ${name}`);
    return url;
  }

  return {
    url: urlOf,
    text: name => byUrl.get(urlOf(name))?.body.toString('utf8') ?? '',
    async middleware(ctx, next) {
      const asset = ctx.method === 'GET' || ctx.method === 'HEAD' ? byUrl.get(ctx.path) : undefined;
      if (!asset) return next();
      ctx.set('Cache-Control', 'public, max-age=31536000, immutable');
      ctx.set('ETag', asset.etag);
      ctx.type = asset.type;
      ctx.status = 200;
      if (ctx.fresh) ctx.status = 304;
      else ctx.body = asset.body;
    },
  };
}
