/** What a TLS connection is made with, as Node.js takes it; plain values, as they travel to a worker. */
export interface RedisTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

export interface RedisHost {
  readonly host: string;
  readonly port: number;
}

/** Where one server is. */
export type RedisAddress = RedisHost | { readonly path: string };

/** What the options of a Redis store say, checked. */
export interface RedisSettings {
  readonly kind: 'redis';
  /** One server, or some of the nodes of a cluster. */
  readonly server: RedisAddress | { readonly nodes: readonly RedisHost[] };
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  /** Of all keys. */
  readonly prefix: string;
  readonly tls: RedisTls | undefined;
  readonly readsStrings: boolean;
}
