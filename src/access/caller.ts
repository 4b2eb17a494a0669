/** Who asks: an application, authenticated by its token or its secret. Structural part of `oidc/`'s `ApiCaller`. */
export interface Caller {
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
  readonly application: {
    readonly network?: string | undefined;
    /** May state the level of the person's session itself. */
    readonly assertsAcr: boolean;
    /** May ask what would have been decided at another moment. */
    readonly canSimulate: boolean;
  };
}

/** Sessions, as `oidc/` keeps them. */
export interface SessionFacts {
  /** Any live `sid` of the session, whichever client received it. */
  findBySid(sid: string): Promise<{
    readonly uid: string;
    readonly accountId: string;
    readonly acr: string;
    /** Epoch seconds of the last sign-in. */
    readonly authTime?: number;
  } | null>;
  /** Counts as activity. */
  touch(uid: string): Promise<void>;
}
