import { type Static, type TObject, type TSchema, Type } from 'typebox'
import type { OwnUser } from '#shared/domain/user/user.ts'
import type { Result } from '#shared/kernel/result.ts'
import type { RequestFacts } from '#shared/ports/request-facts.ts'
import type { ApiError } from './api-error.ts'
import type { UploadedFile } from './multipart.ts'
import type { Bucket } from './rate-limits.ts'

/** A path or body id. Bodies may hold numbers: discord.py sends bare 64-bit integers [HTTP-3]. */
export const Snowflake = Type.Unsafe<string>({
  type: 'string',
  pattern: '^[0-9]{1,19}$',
  format: 'snowflake',
})
export const BodySnowflake = Type.Unsafe<string | number>({
  type: ['string', 'integer'],
  pattern: '^[0-9]{1,19}$',
  format: 'snowflake',
  minimum: 0,
  // Longer integers have become strings.
  maximum: Number.MAX_SAFE_INTEGER,
})
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
/** An image as a data URI; null removes the one that there is. */
export const ImageField = Type.Optional(Nullable(Type.String()))

/**
 * anyone: no token. account: a token, confirmed or not. verified: a token of a bot or of a person with a
 * confirmed address; others get 403/40002.
 */
export type Access = 'anyone' | 'account' | 'verified'

interface Shapes {
  params?: TObject
  query?: TObject
  body?: TSchema
}

type Shape<T> = T extends TSchema ? Static<T> : Record<string, never>

export interface HttpRequest<S extends Shapes = Shapes> {
  readonly params: Shape<S['params']>
  readonly query: Shape<S['query']>
  readonly body: S['body'] extends TSchema ? Static<S['body']> : undefined
  readonly files: readonly UploadedFile[]
  /** Of 'anyone' routes without a token: not there. */
  readonly facts: RequestFacts
  /** When the facts were asked for, in monotonic ms: what has changed since is not in them. */
  readonly factsAskedAt: number
  readonly caller: OwnUser
  readonly tokenHash: Buffer
  readonly host: string
  /** Of the caller's address: what is counted for whoever has no token. */
  readonly network: string
  readonly userAgent: string | undefined
  /** Why the caller does it, for the guild's audit log; up to 512 characters. */
  readonly auditReason: string | undefined
  /** For creates: the route and the hash of the body, by which an identical repeat is known. */
  readonly attempt: { readonly route: string; readonly bodyHash: Buffer } | null
}

export interface Endpoint<S extends Shapes = Shapes> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below /api/v10, with `:channel_id` for parameters. */
  readonly path: string
  readonly tag: string
  readonly summary: string
  readonly access: Access
  readonly bucket: Bucket
  readonly schema: S
  /** 200 unless said otherwise; 204 has no body. */
  readonly success?: 200 | 201 | 204
  /** Takes files as multipart/form-data beside JSON. */
  readonly files?: boolean
  /** Takes images in its JSON body, which may be as large as a form. */
  readonly images?: boolean
  /** A create: an identical repeat of one that ended in 503 takes its ids over [OUT-6]. */
  readonly creates?: boolean
  /** Its answer has a secret, or a link that expires, and is not kept under an `Idempotency-Key`. */
  readonly isSecret?: boolean
  readonly handle: (request: HttpRequest<S>) => Promise<Result<unknown, ApiError>>
}

export const endpoint = <const S extends Shapes>(definition: Endpoint<S>): Endpoint =>
  definition as unknown as Endpoint

/** Sizes in the order of Discord's own; only what costs much is tight. */
export const Buckets = {
  read: { name: 'read', limit: 50, windowMs: 1_000 },
  write: { name: 'write', limit: 20, windowMs: 5_000 },
  messages: { name: 'messages', limit: 10, windowMs: 5_000 },
  reactions: { name: 'reactions', limit: 10, windowMs: 2_500 },
  acks: { name: 'acks', limit: 20, windowMs: 5_000 },
  typing: { name: 'typing', limit: 5, windowMs: 5_000 },
  search: { name: 'search', limit: 10, windowMs: 5_000 },
  accounts: { name: 'accounts', limit: 30, windowMs: 60_000 },
  creations: { name: 'creations', limit: 30, windowMs: 60_000 },
  logins: { name: 'logins', limit: 10, windowMs: 900_000 },
  mails: { name: 'mails', limit: 5, windowMs: 3_600_000 },
} as const satisfies Record<string, Bucket>
