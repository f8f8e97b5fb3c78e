import type { MessageReference, StoredMessage } from '#shared/domain/message/stored-message.ts'
import { MessageType } from '#shared/domain/message/stored-message.ts'
import type { TimelineStore } from '#shared/ports/timeline-store.ts'
import { emojiObject } from '#shared/protocol/wire/emoji.ts'
import type { Db } from '#shared/store/database.ts'
import { readPinned } from '#shared/store/pins.ts'
import type { AttachmentLinks } from './attachment-links.ts'

/** Stored messages as the wire shows them to one viewer. */
export class MessagePresenter {
  readonly #timeline: TimelineStore
  readonly #links: AttachmentLinks
  readonly #db: Db

  constructor(options: { timeline: TimelineStore; links: AttachmentLinks; db: Db }) {
    this.#timeline = options.timeline
    this.#links = options.links
    this.#db = options.db
  }

  /** With the messages that they reply to: `referenced_message` is null when that one is gone. */
  async many(messages: readonly StoredMessage[], viewer: string): Promise<object[]> {
    const references = messages.flatMap((message) =>
      message.type === MessageType.REPLY ? (message.message_reference ?? []) : [],
    )
    const ids = references.map((reference: MessageReference) => ({
      channelId: reference.channel_id,
      messageId: reference.message_id,
    }))
    const referenced = new Map(
      (await this.#timeline.many(ids, viewer)).map((message) => [message.id, message]),
    )
    const pinned = await readPinned(this.#db, [...messages, ...referenced.values()])
    return messages.map((message) => {
      const shown = this.one(message, pinned.has(message.id))
      if (message.type !== MessageType.REPLY || !message.message_reference) return shown
      const target = referenced.get(message.message_reference.message_id)
      return { ...shown, referenced_message: target ? this.one(target, pinned.has(target.id)) : null }
    })
  }

  /** A message that is replied to, as it is shown to everybody. */
  async referenced(message: StoredMessage): Promise<object> {
    const pinned = await readPinned(this.#db, [message])
    return this.one({ ...message, reactions: [] }, pinned.has(message.id))
  }

  one(message: StoredMessage, pinned = false): object {
    return {
      id: message.id,
      channel_id: message.channel_id,
      type: message.type,
      author: message.author,
      content: message.content,
      timestamp: message.timestamp,
      edited_timestamp: message.edited_timestamp,
      tts: message.tts,
      mention_everyone: message.mention_everyone,
      mentions: message.mentions,
      mention_roles: message.mention_roles,
      attachments: message.attachments.map((attachment) =>
        this.#links.present(attachment, message.channel_id),
      ),
      embeds: message.embeds,
      components: message.components,
      flags: message.flags,
      pinned,
      ...(message.nonce === undefined ? {} : { nonce: message.nonce }),
      ...(message.message_reference === undefined ? {} : { message_reference: message.message_reference }),
      ...(message.reactions.length === 0
        ? {}
        : {
            reactions: message.reactions.map(({ emoji, count, me }) => ({
              emoji: emojiObject(emoji),
              count,
              count_details: { normal: count, burst: 0 },
              burst_colors: [],
              me,
              me_burst: false,
            })),
          }),
    }
  }
}
