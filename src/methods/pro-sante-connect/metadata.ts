import type { Clock } from '#kernel/index.ts';
import { z } from 'zod';
import { UpstreamUnreachable, type Fetch } from './outgoing.ts';
import type { Upstream } from './upstream.ts';

const address = z.url({ protocol: /^https?$/u });

/** What we use of a discovery document (OpenID Connect Discovery §3); the rest is let go by. */
const metadataSchema = z.object({
  issuer: z.string(),
  authorization_endpoint: address,
  token_endpoint: address,
  jwks_uri: address,
  userinfo_endpoint: address,
  end_session_endpoint: address.optional(),
  // RFC 8705 §5: where the addresses that ask for a certificate are others.
  mtls_endpoint_aliases: z.record(z.string(), address).optional().catch(undefined),
  authorization_response_iss_parameter_supported: z.boolean().optional().catch(undefined),
  // `acr_values_supported` and the algorithms are left out: what counts is pinned on our side (domain §5).
});

export type UpstreamMetadata = z.output<typeof metadataSchema>;

export interface MetadataSource {
  /** The newest read; reads it now only when none is known. Throws `UpstreamUnreachable`. */
  get(): Promise<UpstreamMetadata>;
  /** Reads it again, off the path of any sign-in; keeps the former when that fails. Throws `UpstreamUnreachable`. */
  refresh(): Promise<void>;
}

/** How long after a failure nobody waits for another one. */
const RETRY_AFTER_MS = 10_000;
/** Longer than any outage in which an old document is still worth trying. */
const MAX_AGE_MS = 24 * 3_600_000;

/** The provider's addresses, from its own document at its own path; one that names another issuer is none. */
export function createMetadataSource(deps: {
  readonly upstream: Upstream;
  readonly fetch: (seconds: number) => Fetch;
  readonly clock: Clock;
}): MetadataSource {
  const { upstream, fetch, clock } = deps;
  let known: { readonly metadata: UpstreamMetadata; readonly atMs: number } | undefined;
  let failed: { readonly error: unknown; readonly atMs: number } | undefined;
  let reading: Promise<UpstreamMetadata> | undefined;

  async function read(): Promise<UpstreamMetadata> {
    const answer = await fetch(upstream.timeoutSeconds)(upstream.discoveryUrl, {
      headers: { accept: 'application/json' },
    });
    if (answer.status !== 200) throw new UpstreamUnreachable(`discovery answered ${answer.status}`);
    const parsed = metadataSchema.safeParse(await answer.json().catch(() => null));
    if (!parsed.success) throw new UpstreamUnreachable('the discovery document is malformed');
    const { data } = parsed;
    // SPEC: Discovery §4.3: the issuer "MUST be identical" to the one that was asked.
    if (data.issuer !== upstream.issuer)
      throw new UpstreamUnreachable('the discovery document is of another issuer');
    if (upstream.issuer.startsWith('https:') && Object.values(data).some(isPlainHttp))
      throw new UpstreamUnreachable('the discovery document names an address without TLS');
    return data;
  }

  /** However many ask at once, one call leaves. */
  function readOnce(): Promise<UpstreamMetadata> {
    reading ??= read()
      .then(metadata => {
        known = { metadata, atMs: clock.nowMs() };
        failed = undefined;
        return metadata;
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  }

  return {
    async get() {
      const now = clock.nowMs();
      if (known && now - known.atMs < MAX_AGE_MS) return known.metadata;
      if (failed && now - failed.atMs < RETRY_AFTER_MS) throw failed.error;
      try {
        return await readOnce();
      } catch (error) {
        // Somebody has waited for this; what fails off their path (a start before the provider's) is not counted.
        failed = { error, atMs: clock.nowMs() };
        throw error;
      }
    },
    refresh: async () => void (await readOnce()),
  };
}

function isPlainHttp(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(isPlainHttp);
  return typeof value === 'string' && value.startsWith('http:');
}
