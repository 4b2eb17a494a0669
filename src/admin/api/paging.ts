/** One page of a list that is in memory, in the order of `orderOf` (unique and stable per item). */
export function pageOf<T>(
  items: readonly T[],
  orderOf: (item: T) => string,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): { readonly items: readonly T[]; readonly next?: string } {
  const from = after === undefined ? undefined : cursorOf(after);
  const rest = [...items]
    .map(item => ({ item, order: orderOf(item) }))
    .filter(({ order }) => from === undefined || order > from)
    .sort((a, b) => (a.order < b.order ? -1 : 1));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(({ item }) => item),
    ...(rest.length > limit && last && { next: toCursor(last.order) }),
  };
}

/** The place of a page, as addresses carry it. Opaque, and it opens nothing: every page is filtered afresh. */
export function toCursor(order: string): string {
  return Buffer.from(order).toString('base64url');
}

export function cursorOf(text: string): string {
  return Buffer.from(text, 'base64url').toString('utf8');
}
