import { type ConnectionOptions, createInbox, type NatsConnection } from '@nats-io/transport-node'

/**
 * Before the inboxes of a connection: of one with a user, that user's own, so that servers can be told to keep
 * the answers to one service from the others.
 */
export const inboxPrefixOf = (user: string): string => `_INBOX_${user.replaceAll(/[^\w-]/g, '_')}`

/** A subject for answers, under the prefix of the connection: a connection of the library has its options. */
export const newInbox = (connection: NatsConnection): string =>
  createInbox((connection as { readonly options?: ConnectionOptions }).options?.inboxPrefix)
