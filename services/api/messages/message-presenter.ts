import type {
  Attachment,
  MessageReference,
  MessageSnapshot,
  StoredMessage,
} from '#shared/domain/message/stored-message.ts'
import { MessageFlag, MessageType } from '#shared/domain/message/stored-message.ts'
import type { OwnUser } from '#shared/domain/user/user.ts'
import type { TimelineStore } from '#shared/ports/timeline-store.ts'
import { Intent } from '#shared/protocol/intents.ts'
import { emojiObject } from '#shared/protocol/wire/emoji.ts'
import { withoutContent } from '#shared/protocol/wire/message-content.ts'
import type { Db } from '#shared/store/database.ts'
import { readEnabledIntents } from '#shared/store/enabled-intents.ts'
import { readPinned } from '#shared/store/pins.ts'
import { type AttachmentLinks, attachmentKey, sizeOf } from './attachment-links.ts'
import { cleanName } from './clean-name.ts'
import { type Embed, withPictures } from './embed-parts.ts'
import { withoutMembers } from './mentioned.ts'

/** What an embed names a file of its own message by. */
const ATTACHMENT = 'attachment://'

/** Who is shown messages. */
export type Viewer = Pick<OwnUser, 'id' | 'bot'>

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
  async many(messages: readonly StoredMessage[], viewer: Viewer): Promise<object[]> {
    const references = messages.flatMap((message) =>
      message.type === MessageType.REPLY ? (message.message_reference ?? []) : [],
    )
    const ids = references.map((reference: MessageReference) => ({
      channelId: reference.channel_id,
      messageId: reference.message_id,
    }))
    const [found, readsAll] = await Promise.all([this.#timeline.many(ids, viewer.id), this.readsAll(viewer)])
    const referenced = new Map(found.map((message) => [message.id, message]))
    const pinned = await readPinned(this.#db, [...messages, ...found])
    const seen = (message: StoredMessage) => {
      const shown = this.one(message, pinned.has(message.id))
      return readsAll || isFor(viewer, message) ? shown : withoutContent(shown)
    }
    return messages.map((message) => {
      const shown = seen(message)
      if (message.type !== MessageType.REPLY || !message.message_reference) return shown
      const target = referenced.get(message.message_reference.message_id)
      return { ...shown, referenced_message: target ? seen(target) : null }
    })
  }

  /** The same to one viewer. */
  async referencedTo(message: StoredMessage, viewer: Viewer): Promise<object> {
    const shown = await this.referenced(message)
    return (await this.mayRead(message, viewer)) ? shown : withoutContent(shown)
  }

  /** More than that it is there [VIS-6]. */
  async mayRead(message: StoredMessage, viewer: Viewer): Promise<boolean> {
    return isFor(viewer, message) || this.readsAll(viewer)
  }

  /** A message that is replied to, as it is shown to everybody. */
  async referenced(message: StoredMessage): Promise<Record<string, unknown>> {
    const pinned = await readPinned(this.#db, [message])
    return this.one({ ...message, reactions: [] }, pinned.has(message.id))
  }

  /** Bots without MESSAGE_CONTENT read only what {@link isFor} them [VIS-6]. */
  async readsAll({ id, bot }: Viewer): Promise<boolean> {
    return !bot || ((await readEnabledIntents(this.#db, id)) & Intent.MESSAGE_CONTENT) !== 0
  }

  one(message: StoredMessage, pinned = false): Record<string, unknown> {
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
      mentions: withoutMembers(message.mentions),
      mention_roles: message.mention_roles,
      attachments: this.#attachments(message.attachments, message.channel_id),
      embeds: this.#embeds(message, message.channel_id),
      components: message.components,
      flags: message.flags,
      pinned,
      ...(message.nonce === undefined ? {} : { nonce: message.nonce }),
      ...(message.message_reference === undefined ? {} : { message_reference: message.message_reference }),
      ...(message.message_snapshots === undefined
        ? {}
        : {
            message_snapshots: message.message_snapshots.map((snapshot) => ({
              message: {
                ...snapshot.message,
                attachments: this.#attachments(
                  snapshot.message.attachments,
                  message.message_reference?.channel_id ?? message.channel_id,
                ),
                embeds: this.#embeds(
                  snapshot.message,
                  message.message_reference?.channel_id ?? message.channel_id,
                ),
              },
            })),
          }),
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

  /** None where they are suppressed; pictures that are files of the message with links that have not expired. */
  #embeds({ flags, embeds, attachments }: MessageSnapshot['message'], channelId: string): readonly unknown[] {
    if ((flags & MessageFlag.SUPPRESS_EMBEDS) !== 0) return []
    if (embeds.length === 0 || attachments.length === 0) return embeds
    const keyOf = ({ id, filename }: Attachment) => attachmentKey(channelId, id, filename)
    const byName = new Map(attachments.map((file) => [file.filename, file]))
    const byKey = new Map([...byName.values()].map((file) => [keyOf(file), file]))
    const fileOf = (url: string): Attachment | undefined =>
      url.startsWith(ATTACHMENT)
        ? byName.get(cleanName(url.slice(ATTACHMENT.length)))
        : byKey.get(this.#links.read(url)?.key ?? '')
    return embeds.map((embed) =>
      withPictures(embed as Embed, (url) => {
        const file = fileOf(url)
        return file === undefined ? { url } : { url: this.#links.url(keyOf(file)), ...sizeOf(file) }
      }),
    )
  }

  #attachments(attachments: readonly Attachment[], channelId: string): object[] {
    return attachments.map((attachment) => this.#links.present(attachment, channelId))
  }
}

/** One's own, direct ones, and those that mention one. */
const isFor = ({ id }: Viewer, message: StoredMessage): boolean =>
  message.guild_id === undefined ||
  message.author.id === id ||
  message.mentions.some((user) => user.id === id)
