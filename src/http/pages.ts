import { frenchDate, frenchDateTime } from '#kernel/index.ts';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Eta, type TemplateFunction } from 'eta';
import type { Context } from 'koa';
import type { Assets } from './assets.ts';
import type { Csrf } from './csrf.ts';
import { SHEETS, type InlineAssets } from './inline-assets.ts';
import { contact } from './contact.ts';
import { renderProse } from './prose.ts';

/** What every page says about the service. */
export interface PageFrame {
  /** `demonstration` and `formation` stand as a banner on every page; `production` has none. */
  readonly label: string;
  readonly isDemo: boolean;
  region(): Promise<PageRegion>;
}

export interface PageRegion {
  readonly name: string;
  /** Whom to ask for help: a text; addresses and telephone numbers in it become links. */
  readonly support: string;
  readonly legalNotice?: string;
  readonly dpo?: string;
}

/** The signed-in person, as the frame of our own pages shows them. Put in `ctx.state.session`. */
export interface PageSession {
  readonly name: string;
  readonly login: string;
  /** Epoch milliseconds: when the session ends if nothing happens any more. */
  readonly endsAtMs: number;
  /** Minutes without activity that end it, on a shared workstation. */
  readonly sharedMinutes?: number;
  /** No activity can move that end: it is the absolute one. */
  readonly isFinal: boolean;
  /** The person has pages of administration. */
  readonly administers: boolean;
}

export interface Pages {
  /** Answers with `views/<view>.eta` inside the layout. Status and headers stay the caller's. */
  render(ctx: Context, view: string, data?: Readonly<Record<string, unknown>>): Promise<void>;
}

const FRENCH_TIME = new Intl.DateTimeFormat('fr-FR', { timeStyle: 'short', timeZone: 'Europe/Paris' });

/** Until the region is known once, pages still have a name. */
const NO_REGION: PageRegion = { name: 'Trousseau', support: '' };
const REGION_TIMEOUT_MS = 1000;

/** Compiled templates by file. Pure, so a text is compiled once in a process, whichever host shows it (`card/` has its own). */
const compiled = new Map<string, { readonly text: string; readonly template: TemplateFunction }>();

function compileOnce(eta: Eta, file: string): TemplateFunction {
  const text = readFileSync(file, 'utf8');
  const known = compiled.get(file);
  if (known?.text === text) return known.template;
  const template = eta.compile(text, { filepath: file });
  compiled.set(file, { text, template });
  return template;
}

/** Eta templates, all compiled at once (a broken one stops the start, not a sign-in), escaped by default. */
export function createPages(deps: {
  readonly folder: string;
  readonly assets: Assets;
  readonly csrf: Csrf;
  readonly frame: PageFrame;
  readonly nowMs: () => number;
  /** What stands in the pages themselves, where they are self-contained. */
  readonly inline?: InlineAssets | undefined;
}): Pages {
  const { assets, csrf, frame, nowMs, inline } = deps;
  const folder = path.resolve(deps.folder);
  const eta = new Eta({ views: folder, cache: true, autoEscape: true, autoTrim: false });
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    // Mail has its own templates and its own data (`notify/`).
    if (!name.endsWith('.eta') || name.startsWith(`mail${path.sep}`)) continue;
    const file = path.join(folder, name);
    eta.templatesSync.define(file, compileOnce(eta, file));
  }

  // Within a page that holds the symbols itself, their names are enough.
  const sprite = inline ? '' : assets.url('icons.svg');
  const tools = {
    inline: inline ?? null,
    sheets: SHEETS,
    asset: (name: string) => assets.url(name),
    icon: (name: string) =>
      `<svg class="icon icon-${name}" aria-hidden="true" focusable="false"><use href="${sprite}#${name}"/></svg>`,
    date: frenchDate,
    dateTime: frenchDateTime,
    time: (ms: number) => FRENCH_TIME.format(ms),
    prose: renderProse,
    contact,
    /** A component: `views/partials/<name>.eta` with the data that it asks for. */
    part: (name: string, data: object = {}): string => eta.render(`/partials/${name}`, { ...tools, ...data }),
  };

  let known = NO_REGION;
  /** What is known of the region, even while the store is slow or down: an error page needs its support contact. */
  async function regionNow(): Promise<PageRegion> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<PageRegion>(resolve => {
      timer = setTimeout(() => resolve(known), REGION_TIMEOUT_MS);
    });
    try {
      known = await Promise.race([frame.region(), late]);
    } catch {
      // The failure is the store's; whoever asked for something else than a name reports it.
    } finally {
      clearTimeout(timer);
    }
    return known;
  }

  return {
    async render(ctx, view, data = {}) {
      const region = await regionNow();
      const { session = null, admin = null } = ctx.state as { session?: PageSession; admin?: object };
      const page = {
        title: region.name,
        alert: null,
        ...tools,
        ...data,
        csrf: csrf.token(ctx),
        label: frame.label,
        isDemo: frame.isDemo,
        region,
        path: ctx.path,
        session,
        // The menu of administration, on its pages.
        admin,
        now: nowMs(),
      };
      ctx.type = 'html';
      ctx.body = eta.render(view, page);
    },
  };
}
