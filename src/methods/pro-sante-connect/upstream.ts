import type { Acr } from '#kernel/index.ts';

/** How we prove to the provider who we are. */
export type UpstreamAuthentication =
  | { readonly kind: 'client_secret_basic' | 'client_secret_post'; readonly secret: string }
  /** RFC 8705: a client certificate of the mutual TLS, PEM. */
  | { readonly kind: 'tls_client_auth'; readonly certificate: string; readonly key: string };

/** Which claim says whom of ours the provider speaks of. */
export type Binding =
  | { readonly kind: 'national_id'; readonly claim: string }
  /** SECURITY: a login is ours to give, so a provider speaks for the people of its own organisation only. */
  | { readonly kind: 'login'; readonly claim: string; readonly organisation: string };

/** Another OpenID provider whose word counts here: Pro Santé Connect, or that of an establishment. */
export interface Upstream {
  /** Id of the means, and last segment of its redirect URI: `pro-sante-connect`. */
  readonly id: string;
  /** What its refusals are called: `psc` gives `psc.unavailable`. */
  readonly codes: 'psc' | 'federation';
  /** What people call it, in French: « Pro Santé Connect ». */
  readonly label: string;
  /** Exactly as in its metadata and tokens. */
  readonly issuer: string;
  readonly discoveryUrl: string;
  readonly clientId: string;
  readonly authentication: UpstreamAuthentication;
  readonly scope: string;
  /** Asked by `acr_values` and checked in the ID token: one of them; empty: none is asked. */
  readonly requiredAcrs: readonly string[];
  /** RFC 8176 values that the ID token must hold, all of them. */
  readonly requiredAmrs: readonly string[];
  readonly binding: Binding;
  /** The level that it earns here. */
  readonly acr: Acr;
  /** For the whole of one exchange, at most 5. */
  readonly timeoutSeconds: number;
}
