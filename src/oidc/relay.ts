/** A form that oidc-provider makes to send a browser on by POST. */
export interface RelayForm {
  readonly action: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

const TITLE = '<title>Submitting Callback</title>';
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  '#x27': "'",
};

/**
 * Reads oidc-provider's own page for a POST on the person's behalf (`response_mode=form_post`, a logout without a
 * session), which is in English and outside our layout. `null` for any other body.
 */
export function readRelayForm(body: unknown): RelayForm | null {
  if (typeof body !== 'string' || !body.includes(TITLE)) return null;
  const action = /<form method="post" action="([^"]*)">/u.exec(body)?.[1];
  if (action === undefined) return null;
  const inputs = body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"\/>/gu);
  return {
    action: decode(action),
    fields: [...inputs].map(([, name = '', value = '']) => [decode(name), decode(value)]),
  };
}

function decode(text: string): string {
  return text.replace(/&(#?\w+);/gu, (whole, name: string) => ENTITIES[name] ?? whole);
}
