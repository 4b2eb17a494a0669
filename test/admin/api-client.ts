import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { administeredRegion } from '../support/administrators.ts';
import { CLIENT, startTestApp, type TestApp } from '../support/app.ts';

/** What an endpoint answered. */
export interface ApiReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>> & { readonly code?: string };
  readonly etag: string;
  /** As it came. */
  readonly bytes: Buffer;
}

export interface ApiCallOptions {
  readonly body?: unknown;
  /** Instead of a body. */
  readonly file?: { readonly type: string; readonly content: Uint8Array<ArrayBuffer> };
  readonly headers?: Readonly<Record<string, string>>;
}

export type ApiClient = (method: string, path: string, options?: ApiCallOptions) => Promise<ApiReply>;

export const application = (client_id: string, scopes: readonly string[], more: object = {}) => ({
  client_id,
  name: client_id,
  client_secret: CLIENT.secret,
  redirect_uris: [],
  grant_types: ['client_credentials'],
  scopes,
  ...more,
});

/** `si-region` has the whole region, `si-chu` and `si-clinique` a branch each, `si-lecture` reads only. */
export function startApiApp(
  env: Readonly<Record<string, string>> = {},
  more: { readonly applications?: readonly object[] } & Readonly<Record<string, unknown>> = {},
): Promise<TestApp> {
  const region = administeredRegion();
  const all = ['admin:read', 'admin:write', 'scim'];
  return startTestApp({
    env,
    region: {
      ...region,
      ...more,
      applications: [
        ...region.applications,
        application('si-region', all),
        application('si-chu', all, { branch: 'chu' }),
        application('si-clinique', all, { branch: 'clinique' }),
        application('si-lecture', ['admin:read']),
        ...(more.applications ?? []),
      ],
    },
  });
}

export const basicOf = (clientId: string, secret = CLIENT.secret) =>
  `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;

/** A bearer token of the client credentials grant. */
export async function bearerOf(app: TestApp, clientId: string, scope: string): Promise<string> {
  const answer = await fetch(`${app.issuer}/oidc/token`, {
    method: 'POST',
    headers: { Authorization: basicOf(clientId), 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return `Bearer ${token}`;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: object };
}
interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

/** Calls of `/admin/api/v1` as that application; every answer is held against the published document. */
export async function apiOf(app: TestApp, authorization: string): Promise<ApiClient> {
  const root = `${app.issuer}/admin/api/v1`;
  const document = (await (await fetch(`${root}/openapi.json`)).json()) as Document;
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'doc:', components: document.components });

  function schemaOf(method: string, path: string, status: number, type: string): object | undefined {
    const [pathname = ''] = path.split('?');
    const known = Object.keys(document.paths)
      .sort((a, b) => a.split('{').length - b.split('{').length)
      .find(pattern => new RegExp(`^${pattern.replace(/\{\w+\}/gu, '[^/]+')}$`, 'u').test(pathname));
    const operation = known === undefined ? undefined : document.paths[known]?.[method.toLowerCase()];
    if (!operation) return undefined;
    const kind = operation.responses[String(status)];
    expect(kind, `${method} ${known} ${status} is documented`).to.be.an('object');
    return kind?.content?.[type]?.schema;
  }

  return async (method, path, { body, file, headers = {} } = {}) => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const answer = await fetch(`${root}${path}`, {
      method,
      headers: {
        ...(authorization !== '' && { Authorization: authorization }),
        ...(body !== undefined && { 'Content-Type': type }),
        ...(file && { 'Content-Type': file.type }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(file && { body: file.content }),
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    const [answered = ''] = (answer.headers.get('Content-Type') ?? '').split(';');
    const text = answered.endsWith('json') ? bytes.toString() : '';
    const json = (text === '' ? {} : JSON.parse(text)) as ApiReply['body'];
    const schema = schemaOf(method, path, answer.status, answered);
    if (schema && text !== '') {
      const pointed = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"doc:#/')) as object;
      const isValid = ajv.validate(pointed, json);
      expect(isValid, `${method} ${path} ${answer.status}: ${ajv.errorsText()} in ${text}`).to.equal(true);
    }
    return {
      status: answer.status,
      headers: answer.headers,
      body: json,
      etag: answer.headers.get('ETag') ?? '',
      bytes,
    };
  };
}
