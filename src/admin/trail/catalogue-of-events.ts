import type { EventCategory, EventType } from '#audit/index.ts';

/** Every kind of event of the product, with the French title that people read. */
export interface EventCatalogue {
  /** Unknown types, of a release that no longer runs, are their own title. */
  title(type: string): string;
  /** `type` or `category:<category>` of a filter: which lines it keeps; `undefined` for what nobody declares. */
  filter(
    choice: string,
  ): ((line: { readonly type: string; readonly category: string }) => boolean) | undefined;
  /** For a list to choose from: the categories, then the events in order of their titles. */
  readonly choices: readonly { readonly value: string; readonly label: string }[];
}

const CATEGORIES: Readonly<Record<EventCategory, string>> = {
  signin: 'Toutes les connexions',
  access: 'Tous les accès aux dossiers',
  administration: 'Tous les actes d’administration',
  technical: 'Tous les événements techniques',
};

export function createEventCatalogue(events: readonly EventType[]): EventCatalogue {
  const titles = new Map(events.map(({ type, title }) => [type, title]));
  const byTitle = [...titles].toSorted(([, a], [, b]) => a.localeCompare(b, 'fr'));
  return {
    title: type => titles.get(type) ?? type,
    filter(choice) {
      if (titles.has(choice)) return line => line.type === choice;
      const category = choice.replace(/^category:/u, '');
      return category !== choice && Object.hasOwn(CATEGORIES, category)
        ? line => line.category === category
        : undefined;
    },
    choices: [
      ...Object.entries(CATEGORIES).map(([category, label]) => ({ value: `category:${category}`, label })),
      ...byTitle.map(([type, title]) => ({ value: type, label: title })),
    ],
  };
}
