import { z } from 'zod';
import { API_ROOT, MERGE_PATCH } from './endpoint.ts';
import type { AnswerKind, ApiRoute, FileBody, Words } from './route.ts';
import { COMPONENTS, problemSchema } from './schemas.ts';

type Json = Readonly<Record<string, unknown>>;

const componentOf = (id: string) => `#/components/schemas/${id}`;

/** French first, as everywhere; English for integrators of elsewhere. */
const both = ({ fr, en }: Words) => `${fr} / ${en}`;

/** OpenAPI 3.1 of the table of routes. SPEC: its schema dialect is JSON Schema 2020-12, which zod writes. */
export function openApiOf(
  routes: readonly ApiRoute[],
  { issuer, version }: { readonly issuer: string; readonly version: string },
): Json {
  const root = issuer.replace(/\/$/u, '');
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(route);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Trousseau — administration',
      version,
      description:
        'Chaque application voit et change exactement sa branche. / Each application sees and changes exactly its branch.',
    },
    servers: [{ url: `${root}${API_ROOT}` }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map(name => ({ name })),
    paths,
    components: {
      schemas: componentsOf(),
      securitySchemes: {
        oauth: {
          type: 'oauth2',
          flows: {
            clientCredentials: {
              tokenUrl: `${root}/oidc/token`,
              scopes: {
                'admin:read': 'Lire la branche / Read the branch',
                'admin:write': 'Changer la branche / Change the branch',
              },
            },
          },
        },
        basic: { type: 'http', scheme: 'basic' },
      },
    },
  };
}

function componentsOf(): Json {
  return Object.fromEntries(COMPONENTS.map(schema => [schema.meta()?.id ?? '', written(schema, 'output')]));
}

function operationOf(route: ApiRoute): Json {
  const { name, method, tag, summary, body, scope } = route;
  const mediaType = method === 'PATCH' ? MERGE_PATCH : 'application/json';
  return {
    operationId: name,
    tags: [tag],
    summary: both(summary),
    security: [{ oauth: [scope] }, { basic: [] }],
    parameters: [
      ...parametersOf('path', route.params),
      ...parametersOf('query', route.query),
      ...headersOf(route),
    ],
    ...(body && {
      requestBody: { required: true, content: { [mediaType]: { schema: schemaOf(body, 'input') } } },
    }),
    ...(route.file && { requestBody: fileBodyOf(route.file) }),
    responses: {
      ...Object.fromEntries(Object.entries(route.answers).map(([status, kind]) => [status, answerOf(kind)])),
      ...refusalsOf(route),
    },
  };
}

/** SPEC: OpenAPI 3.1 §4.8.14: bytes as they are have a media type, and no schema. */
const bytes = (types: readonly string[]) => Object.fromEntries(types.map(type => [type, {}]));

function fileBodyOf({ types, maxBytes }: FileBody): Json {
  const size = maxBytes / 1024 / 1024;
  return {
    description: both({ fr: `Le fichier, ${size} Mio au plus`, en: `The file, ${size} MiB at most` }),
    required: true,
    content: bytes(types),
  };
}

function parametersOf(place: 'path' | 'query', schema: z.ZodObject | undefined): readonly Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Readonly<Record<string, Json>>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...inner }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description !== undefined && { description }),
    // Every text of an address is one; what it is read as is said by the bounds.
    schema: inner['type'] === undefined && inner['enum'] === undefined ? { ...inner, type: 'string' } : inner,
  }));
}

function headersOf({ method, current }: ApiRoute): readonly Json[] {
  const header = (name: string, required: boolean, words: Words) => ({
    name,
    in: 'header',
    required,
    description: both(words),
    schema: { type: 'string' },
  });
  if (method === 'POST')
    return [
      header('Idempotency-Key', false, {
        fr: 'La même demande n’est faite qu’une fois en 24 heures',
        en: 'The same request is done once within 24 hours',
      }),
    ];
  if (current)
    return [
      header('If-Match', true, { fr: 'La version que vous modifiez', en: 'The version that you change' }),
    ];
  if (method === 'GET')
    return [header('If-None-Match', false, { fr: 'La version déjà lue', en: 'The version that you have' })];
  return [];
}

function answerOf({ schema, types, words }: AnswerKind): Json {
  return {
    description: both(words),
    ...(schema && { content: { 'application/json': { schema: schemaOf(schema, 'output') } } }),
    ...(types && { content: bytes(types) }),
  };
}

const REFUSALS: Readonly<Record<number, Words>> = {
  400: { fr: 'Demande illisible', en: 'Malformed request' },
  401: { fr: 'Application non reconnue', en: 'Unknown application' },
  403: { fr: 'Droit manquant', en: 'Right missing' },
  404: { fr: 'Inconnu, ou hors de la branche', en: 'Unknown, or outside the branch' },
  409: { fr: 'Impossible en l’état', en: 'Not possible as things stand' },
  412: { fr: 'A changé entre-temps', en: 'Changed meanwhile' },
  413: { fr: 'Trop volumineux', en: 'Too large' },
  415: { fr: 'Type de contenu refusé', en: 'Media type refused' },
  422: { fr: 'À corriger, champ par champ', en: 'To be mended, field by field' },
  428: { fr: 'Version nécessaire (If-Match)', en: 'Version needed (If-Match)' },
  429: { fr: 'Trop de demandes', en: 'Too many requests' },
  500: { fr: 'Erreur de notre côté', en: 'Our failure' },
  503: { fr: 'Momentanément impossible', en: 'Not possible at the moment' },
};

function refusalsOf({ method, body, file, current }: ApiRoute): Json {
  const isRead = method === 'GET';
  const never = new Set<string>([
    ...(isRead ? ['409'] : []),
    ...((body ?? file) ? [] : ['413', '415']),
    ...(current ? [] : ['412', '428']),
  ]);
  const kinds = Object.entries(REFUSALS).filter(([status]) => !never.has(status));
  return {
    ...(isRead && { 304: { description: both({ fr: 'Inchangé', en: 'Not modified' }) } }),
    ...Object.fromEntries(
      kinds.map(([status, words]) => [
        status,
        {
          description: both(words),
          content: { 'application/problem+json': { schema: schemaOf(problemSchema, 'output') } },
        },
      ]),
    ),
  };
}

/** A named schema is pointed at. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const name = schema.meta()?.id;
  return name === undefined ? written(schema, io) : { $ref: componentOf(name) };
}

/** As JSON Schema, its named parts pointed at where the document has them; the dialect is the document's own. */
function written(schema: z.ZodType, io: 'input' | 'output'): Json {
  const name = schema.meta()?.id;
  const {
    $schema: _dialect,
    $defs: parts,
    ...whole
  } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  // A named one is written as a pointer to its own part.
  const { id: _id, ...own } = (name === undefined ? whole : parts?.[name]) ?? whole;
  return JSON.parse(JSON.stringify(own).replaceAll('"#/$defs/', `"${componentOf('')}`)) as Json;
}
