import type scimmy from 'scimmy';

export type Scimmy = typeof scimmy;

export const SCIM_PATH = '/scim/v2';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
/** What a professional of the region has besides. (The library takes no namespace but this one.) */
export const PROFESSIONAL = 'urn:ietf:params:scim:schemas:extension:trousseau:2.0:User';

export const MOST_RESULTS = 200;
export const MOST_OPERATIONS = 100;
export const MAX_BULK_BYTES = 1024 * 1024;

/** One resource as the library hands it to us, and as we hand it back. */
export type Resource = Readonly<Record<string, unknown>>;

/** What a request does to one kind of resource: the library's handlers are of the process, this is of the request. */
export interface ResourceHandlers {
  read(id: string): Promise<Resource>;
  /** `isWhole`: everything of the resource is said (the end of a patch); else what is not said may be left alone. */
  write(id: string | undefined, wanted: Resource, isWhole: boolean): Promise<Resource>;
  remove(id: string): Promise<void>;
}

export interface ScimContext {
  readonly User: ResourceHandlers;
  readonly Group: ResourceHandlers;
}

/** The attributes of a user that the region has no use for. */
const UNUSED = [
  'nickName',
  'profileUrl',
  'userType',
  'preferredLanguage',
  'locale',
  'timezone',
  'password',
  'ims',
  'photos',
  'addresses',
  'entitlements',
  'roles',
  'x509Certificates',
];

/** The library keeps one registry of schemas for the whole process: it is filled once, and knows no request. */
let prepared: Promise<Scimmy> | undefined;

/** Loaded when SCIM is first used, not before: it takes memory that a region without SCIM keeps. */
export function loadScimmy(): Promise<Scimmy> {
  prepared ??= import('scimmy').then(({ default: library }) => {
    declareSchemas(library);
    return library;
  });
  return prepared;
}

function declareSchemas({ Config, Resources, Schemas, Types }: Scimmy): void {
  const user = Schemas.User.definition;
  user.truncate(...UNUSED);
  user.truncate('name.middleName', 'name.honorificSuffix');
  // Contract: a login never changes after its creation.
  configOf(user.attribute('userName')).mutable = 'immutable';
  configOf(user.attribute('displayName')).mutable = false;
  configOf(user.attribute('title')).mutable = false;
  configOf(user.attribute('name.formatted')).mutable = false;
  Schemas.EnterpriseUser.definition.truncate(
    'employeeNumber',
    'costCenter',
    'division',
    'department',
    'manager',
  );

  const { Attribute, Schema, SchemaDefinition } = Types;
  const definition = new SchemaDefinition('Professional', PROFESSIONAL, 'Professionnel de la région', [
    new Attribute('string', 'status', {
      mutable: false,
      direction: 'out',
      canonicalValues: ['active', 'suspended', 'closed'],
      description: 'L’état du compte.',
    }),
    new Attribute('string', 'profession', {
      description: 'Code de la nomenclature TRE_G15.',
      caseExact: true,
    }),
    new Attribute('string', 'specialties', {
      multiValued: true,
      description: 'Codes de la nomenclature TRE_R01.',
      caseExact: true,
    }),
    new Attribute('string', 'nationalIds', {
      multiValued: true,
      description: 'Identifiants nationaux, préfixe compris.',
      caseExact: true,
    }),
  ]);
  class Professional extends Schema {
    static override get definition() {
      return definition;
    }

    constructor(resource: object, direction = 'both') {
      super(resource, direction as never);
      Object.assign(this, definition.coerce(resource, direction as never));
    }
  }

  // A patch reads and writes by one and the same instance; a PUT and a POST do not read.
  const readBefore = new WeakSet<object>();
  for (const kind of [Resources.User, Resources.Group]) {
    const handlersOf = (context: unknown) =>
      (context as ScimContext)[kind.schema.definition.name as keyof ScimContext];
    const plain = (wanted: unknown) => JSON.parse(JSON.stringify(wanted)) as Resource;
    const declared = kind as unknown as Declared;
    declared.basepath(SCIM_PATH);
    declared.ingress((resource, wanted, context) =>
      handlersOf(context).write(resource.id, plain(wanted), readBefore.has(resource)),
    );
    declared.egress((resource, context) => {
      readBefore.add(resource);
      return handlersOf(context).read(resource.id ?? '');
    });
    declared.degress(({ id = '' }, context) => handlersOf(context).remove(id));
  }
  Resources.declare(
    Resources.User.extend(Schemas.EnterpriseUser, false).extend(Professional as never, false),
  );
  Resources.declare(Resources.Group);
  for (const kind of [Resources.Schema, Resources.ResourceType, Resources.ServiceProviderConfig])
    kind.basepath(SCIM_PATH);

  Config.set({
    patch: true,
    bulk: { supported: true, maxOperations: MOST_OPERATIONS, maxPayloadSize: MAX_BULK_BYTES },
    filter: { supported: true, maxResults: MOST_RESULTS },
    etag: true,
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'OAuth 2.0',
        description: 'client_credentials, portée « scim »',
        specUri: 'https://www.rfc-editor.org/rfc/rfc6750',
        primary: true,
      },
      {
        type: 'httpbasic',
        name: 'HTTP Basic',
        description: 'Identifiant et secret de l’application',
        specUri: 'https://www.rfc-editor.org/rfc/rfc7617',
      },
    ],
  } as never);
}

interface Named {
  readonly id?: string;
}

/** What we need of a user, by its name and that of its parts. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  name: ['familyName', 'givenName'],
  emails: ['value'],
};

/**
 * A schema as it is published: what we need of a user is said to be required. Not told to the library, which would then
 * not let go of the old value when a patch replaces it.
 */
export function publishedSchema(schema: Resource): Resource {
  if (schema['id'] !== USER) return schema;
  const attributes = schema['attributes'] as readonly Resource[];
  const marked = attributes.map(attribute => {
    const parts = NEEDED[String(attribute['name'])];
    if (!parts) return attribute;
    const its = (attribute['subAttributes'] as readonly Resource[]).map(part =>
      parts.includes(String(part['name'])) ? { ...part, required: true } : part,
    );
    return { ...attribute, required: true, subAttributes: its };
  });
  return { ...schema, attributes: marked };
}

/** The part of a resource class that we use; its own types say of which kind it is, which is the same to us. */
interface Declared {
  basepath(path: string): unknown;
  ingress(handler: (resource: Named, wanted: unknown, context: unknown) => Promise<Resource>): unknown;
  egress(handler: (resource: Named, context: unknown) => Promise<Resource>): unknown;
  degress(handler: (resource: Named, context: unknown) => Promise<void>): unknown;
}

/** The library keeps the characteristics of its own schemas open; its types do not say so. */
function configOf(attribute: unknown): Characteristics {
  return (attribute as { config: Characteristics }).config;
}

interface Characteristics {
  mutable: boolean | string;
}
