import { hash, randomBytes } from 'node:crypto'

/**
 * A new token: the user's id, then 256 random bits. Clients treat tokens as opaque; some show the part before
 * the first dot. Only its SHA-256 is kept.
 */
export const newToken = (userId: string): string =>
  `${Buffer.from(userId).toString('base64url')}.${randomBytes(4).toString('base64url')}.${randomBytes(32).toString('base64url')}`

/** 256 random bits for a link in a mail. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

export const hashToken = (token: string): Buffer => hash('sha256', token, 'buffer')
