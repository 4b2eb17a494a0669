/**
 * Calls out of the service (back-channel logout, JWKS of relying parties). SECURITY: private and loopback addresses
 * are refused by oidc-provider's dispatcher, which is left out only for hosts that the operator has named (trap 8).
 */
export function createOutgoingFetch(internalHosts: readonly string[]) {
  const allowed = new Set(internalHosts.map(host => host.toLowerCase()));
  return (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const { host, hostname } = new URL(input instanceof Request ? input.url : input);
    if (!allowed.has(host) && !allowed.has(hostname)) return fetch(input, init);
    const { dispatcher: _guard, ...open } = init ?? {};
    return fetch(input, open);
  };
}
