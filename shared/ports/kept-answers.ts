/** One request under an `Idempotency-Key`. */
export interface KeyedRequest {
  readonly callerId: string
  /** A hash of method, path and key. */
  readonly request: Buffer
  readonly bodyHash: Buffer
  /** An id of this request alone, which a create takes unless a cut off one has taken another. */
  readonly id: string
  /** Does it take the id that it is given, so that carrying it out again makes nothing new? */
  readonly takesIds: boolean
}

export interface KeptAnswer {
  readonly status: number
  /** JSON; null: without a body. */
  readonly answer: string | null
}

export type Claim =
  /** It is to be carried out, with this id. */
  | { readonly kind: 'claimed'; readonly id: string }
  | ({ readonly kind: 'answered' } & KeptAnswer)
  | { readonly kind: 'other_body' }
  | { readonly kind: 'under_way' }
  /** It was cut off so long ago that its id is of no use any more. */
  | { readonly kind: 'unknown' }

/** What requests under an `Idempotency-Key` were answered, known to all processes [HTTP-7]. */
export interface KeptAnswers {
  /** Of several at once one gets it. @throws when the store is away: then nothing is to be done */
  claim(request: KeyedRequest): Promise<Claim>
  /** It was answered so. Never throws: a repeat that comes soon carries it out again, with its id. */
  keep(request: KeyedRequest, answer: KeptAnswer): Promise<void>
  /** It was refused: nothing was changed, and the key is free. Never throws. */
  forget(request: KeyedRequest): Promise<void>
  /** It is not known what became of it: a repeat may go on with it at once. Never throws. */
  release(request: KeyedRequest): Promise<void>
}
