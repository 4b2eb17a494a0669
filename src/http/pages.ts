import path from 'node:path';
import { Eta } from 'eta';
import type { Context } from 'koa';
import type { Assets } from './assets.ts';
import type { Csrf } from './csrf.ts';
import { renderProse } from './prose.ts';

/** What every page says about the service. */
export interface PageFrame {
  readonly label: string;
  readonly isDemo: boolean;
  region(): Promise<PageRegion>;
}

export interface PageRegion {
  readonly name: string;
  readonly support: string;
  readonly legalNotice?: string;
  readonly dpo?: string;
}

export interface Pages {
  /** Answers with `views/<view>.eta` inside the layout. Status and headers stay the caller's. */
  render(ctx: Context, view: string, data?: Readonly<Record<string, unknown>>): Promise<void>;
}

const FRENCH_DATE = new Intl.DateTimeFormat('fr-FR', { dateStyle: 'long', timeZone: 'Europe/Paris' });
const FRENCH_TIME = new Intl.DateTimeFormat('fr-FR', {
  dateStyle: 'long',
  timeStyle: 'short',
  timeZone: 'Europe/Paris',
});

/** Eta templates, compiled once, escaped by default. */
export function createPages(deps: {
  readonly folder: string;
  readonly assets: Assets;
  readonly csrf: Csrf;
  readonly frame: PageFrame;
  readonly nowMs: () => number;
}): Pages {
  const { assets, csrf, frame, nowMs } = deps;
  const eta = new Eta({ views: path.resolve(deps.folder), cache: true, autoEscape: true, autoTrim: false });
  const sprite = assets.url('icons.svg');
  const tools = {
    asset: (name: string) => assets.url(name),
    icon: (name: string) =>
      `<svg class="icon icon-${name}" aria-hidden="true" focusable="false"><use href="${sprite}#${name}"/></svg>`,
    date: (ms: number) => FRENCH_DATE.format(ms),
    dateTime: (ms: number) => FRENCH_TIME.format(ms),
    prose: renderProse,
  };
  return {
    async render(ctx, view, data = {}) {
      const region = await frame.region();
      const page = {
        title: region.name,
        ...tools,
        ...data,
        csrf: csrf.token(ctx),
        nonce: (ctx.state as { nonce?: string }).nonce ?? '',
        label: frame.label,
        isDemo: frame.isDemo,
        region,
        path: ctx.path,
        session: (ctx.state as { session?: unknown }).session ?? null,
        now: nowMs(),
      };
      ctx.type = 'html';
      ctx.body = eta.render(view, page);
    },
  };
}
