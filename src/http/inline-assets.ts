import { createHash } from 'node:crypto';
import type { Assets } from './assets.ts';

/** The style sheets of every page, in their order. */
export const SHEETS: readonly string[] = [
  'tokens',
  'base',
  'components',
  'forms',
  'content',
  'admin',
  'narrow',
];

/** What pages that come in one piece hold: styles, icons and the picture of the tab. */
export interface InlineAssets {
  readonly styles: string;
  readonly sprite: string;
  readonly logo: string;
  /** Of `styles`, as the content security policy names it. */
  readonly styleDigest: string;
}

export function readInlineAssets(assets: Assets): InlineAssets {
  const styles = SHEETS.map(name => assets.text(`${name}.css`)).join('\n');
  return {
    styles,
    sprite: assets.text('icons.svg'),
    logo: `data:image/svg+xml;base64,${Buffer.from(assets.text('logo.svg')).toString('base64')}`,
    styleDigest: `sha256-${createHash('sha256').update(styles).digest('base64')}`,
  };
}
