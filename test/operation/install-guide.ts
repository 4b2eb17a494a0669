import { readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..', '..');

/** A block of commands, or of settings, of the section on installing, as it stands in the guide. */
export interface GuideBlock {
  /** Number of the step. */
  readonly step: number;
  readonly language: string;
  readonly text: string;
}

/** What docs/operations.md tells an operator to do, so that the guide and what is tried cannot drift apart. */
export function installGuide(): readonly GuideBlock[] {
  const page = readFileSync(path.join(ROOT, 'docs', 'operations.md'), 'utf8');
  const [, section = ''] = /\n## Install on one machine\n(?<section>[\s\S]*?)\n## /u.exec(page) ?? [];
  return section.split('\n### ').flatMap(part =>
    [...part.matchAll(/```(?<language>\w+)\n(?<text>[\s\S]*?)```/gu)].map(({ groups = {} }) => ({
      step: Number.parseInt(part, 10),
      language: groups['language'] ?? '',
      text: groups['text'] ?? '',
    })),
  );
}

/**
 * The guide's blocks for a folder of a test: other places, addresses and ports, and no other account, since tests may
 * not make one. Every place must be in the guide, or it says something else by now.
 */
export function guideFor(deps: {
  readonly folder: string;
  readonly port: number;
  readonly issuer: string;
  readonly smtpUrl: string;
}): (step: number, language?: string) => string {
  const { folder, port, issuer, smtpUrl } = deps;
  const changes: readonly (readonly [string, string])[] = [
    ['-o root -g trousseau ', ''],
    ['-o trousseau -g trousseau ', ''],
    ['chown trousseau: * && ', ''],
    ['runuser -u trousseau -- ', ''],
    ['/etc/trousseau', path.join(folder, 'etc')],
    ['/var/lib/trousseau', path.join(folder, 'lib')],
    ['/var/backups/trousseau', path.join(folder, 'backups')],
    ['/opt/trousseau', ROOT],
    ['https://connexion.region.example', issuer],
    ['smtp://mail.region.example:587', smtpUrl],
    ['TROUSSEAU_PORT=3000', `TROUSSEAU_PORT=${port}`],
  ];
  const blocks = installGuide();
  const all = blocks.map(({ text }) => text).join('');
  for (const [from] of changes) if (!all.includes(from)) throw new Error(`the guide has no “${from}”`);
  const adapted = (text: string) =>
    changes.reduce((changed, [from, to]) => changed.replaceAll(from, to), text);
  return (step, language = 'sh') =>
    blocks
      .filter(block => block.step === step && block.language === language)
      .map(({ text }) => adapted(text))
      .join('\n');
}
