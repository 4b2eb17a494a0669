import { expect } from 'chai';
import type { TestApp } from '../support/app.ts';
import { basicOf, bearerOf, startApiApp } from './api-client.ts';

/** An answer, read. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown> & {
    readonly id?: string;
    readonly detail?: string;
    readonly scimType?: string;
  };
}
/** Calls the service as one application. */
export type Scim = (
  method: string,
  path: string,
  body?: object,
  headers?: Record<string, string>,
) => Promise<Reply>;

export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const PROFESSIONAL = 'urn:ietf:params:scim:schemas:extension:trousseau:2.0:User';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** Every answer with a body is of the type of SCIM. */
export function scimOf(app: TestApp, authorization: string): Scim {
  return async (method, path, body, headers = {}) => {
    const answer = await fetch(`${app.issuer}/scim/v2${path}`, {
      method,
      headers: { Authorization: authorization, 'Content-Type': 'application/scim+json', ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (text !== '') expect(answer.headers.get('Content-Type')).to.match(/^application\/scim\+json/u);
    return {
      status: answer.status,
      headers: answer.headers,
      body: (text === '' ? {} : JSON.parse(text)) as Reply['body'],
    };
  };
}

/** The service, and the applications of the region, of the CHU and of the clinique that call it. */
export async function startScimApp() {
  const app = await startApiApp();
  return {
    app,
    region: scimOf(app, basicOf('si-region')),
    chu: scimOf(app, await bearerOf(app, 'si-chu', 'scim')),
    clinique: scimOf(app, basicOf('si-clinique')),
  };
}

export const patchOf = (...Operations: object[]) => ({ schemas: [PATCH], Operations });
/** Somebody new, as a house would send them. */
export const newUser = (name: string, more: object = {}) => ({
  schemas: [USER],
  userName: `${name}.nouveau`,
  externalId: `rh-${name}`,
  name: { givenName: name, familyName: 'Nouveau' },
  emails: [{ value: `${name}@chu.example`, primary: true }],
  ...more,
});
/** The people of a list, without the beginning of their ids. */
export const idsOf = ({ body }: Reply) =>
  (body['Resources'] as { id: string }[]).map(({ id }) => id.replace('acc-', ''));
/** The status, the type of SCIM and our own code. */
export const refusedAs = ({ status, body }: Reply) => [
  status,
  body.scimType,
  /\(([\w.]+)\)$/u.exec(body.detail ?? '')?.[1],
];
export const CHU_PHARMACISTS = '/Groups/cancerologie.chu.pharmacien';
