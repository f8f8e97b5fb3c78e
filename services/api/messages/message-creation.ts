import type { Member } from '#shared/domain/guild/entities.ts'
import type { StoredMessage } from '#shared/domain/message/stored-message.ts'
import type { Clock } from '#shared/kernel/clock.ts'
import { asPosition } from '#shared/kernel/ids.ts'
import { err, ok, type Result } from '#shared/kernel/result.ts'
import type { Logger } from '#shared/platform/logger.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'
import type { TimelineStore } from '#shared/ports/timeline-store.ts'
import { type NewEvent, SCHEMAS } from '#shared/protocol/events.ts'
import { type Aggregate, subjectOf } from '#shared/protocol/subjects.ts'
import { memberWithoutUser } from '#shared/protocol/wire/guild.ts'
import { withMembers, withoutMembers } from './mentioned.ts'
import type { MessagePresenter } from './message-presenter.ts'

/** The message is committed already: the timeline gets this long, then the indexer repairs it. */
const TIMELINE_MS = 500

/** No subject comes so far: what is guarded by it is a repeat of what was appended under its id, or is not appended. */
const NEVER = asPosition(Number.MAX_SAFE_INTEGER)

export interface NewMessage {
  readonly aggregate: Aggregate
  readonly channelType: number
  readonly message: StoredMessage
  /** The author's membership, in guilds. */
  readonly member: Member | null
  readonly referenced?: object | null
  /** Memberships of those whom it mentions. */
  readonly mentioned?: readonly Member[]
  /** What a repeat within five minutes is known by: `enforce_nonce`. */
  readonly nonceId?: string
}

/** Nothing was created, or it is not known: the answer is 503 and the attempt is remembered. */
export type NotCreated = { readonly code: 'not_created'; readonly cause: unknown }

/** Appends new messages to the log: this is their commit. */
export class MessageCreation {
  readonly #log: EventLog
  readonly #timeline: TimelineStore
  readonly #presenter: MessagePresenter
  readonly #clock: Clock
  readonly #logger: Logger

  constructor(options: {
    log: EventLog
    timeline: TimelineStore
    presenter: MessagePresenter
    clock: Clock
    logger: Logger
  }) {
    this.#log = options.log
    this.#timeline = options.timeline
    this.#presenter = options.presenter
    this.#clock = options.clock
    this.#logger = options.logger
  }

  /** The wire message: that of an earlier identical create when this one was a repeat. */
  async create(input: NewMessage): Promise<Result<object, NotCreated>> {
    const { message } = input
    const shown = {
      ...this.#presenter.one(message),
      ...(input.referenced === undefined ? {} : { referenced_message: input.referenced }),
    }
    const event: NewEvent = {
      subject: subjectOf(input.aggregate),
      type: 'MESSAGE_CREATE',
      schema: SCHEMAS.MESSAGE_CREATE,
      facts: {
        channel_id: message.channel_id,
        message_id: message.id,
        author_id: message.author.id,
        mentions: message.mentions.map((user) => user.id),
      },
      d: JSON.stringify({
        ...shown,
        mentions: withMembers(message.mentions, input.mentioned ?? []),
        ...guildPart(input),
        channel_type: input.channelType,
      }),
    }
    const appended = await this.#log.append(event, { id: input.nonceId ?? `m:${message.id}` })
    if (!appended.ok) return err({ code: 'not_created', cause: appended.error })
    if (appended.value.duplicate) return this.#first(appended.value.position)
    await this.#write({ ...event, position: appended.value.position } as LogEvent)
    return ok(shown)
  }

  /** What `create` would answer a repeat under this nonce; undefined: it would be none, and nothing was created. */
  async repeated(aggregate: Aggregate, nonceId: string): Promise<Result<object, NotCreated> | undefined> {
    const facts = { channel_id: '', message_id: '', author_id: '', mentions: [] }
    const nothing = { type: 'MESSAGE_CREATE', schema: SCHEMAS.MESSAGE_CREATE, facts, d: '' } as const
    const event = { subject: subjectOf(aggregate), ...nothing }
    const appended = await this.#log.append(event, { id: nonceId, expectedLast: NEVER })
    if (appended.ok) return this.#first(appended.value.position)
    const { error } = appended
    return error.code === 'wrong_last' ? undefined : err({ code: 'not_created', cause: error })
  }

  /** The message that a repeat stands for. */
  async #first(position: number): Promise<Result<object, NotCreated>> {
    const [event] = await this.#log.read({ after: asPosition(position - 1), limit: 1 }).catch(() => [])
    // What is found at a later position is somebody else's: the purge has passed this one.
    if (event?.position !== position || event.type !== 'MESSAGE_CREATE')
      return err({ code: 'not_created', cause: 'the first message cannot be read from the log' })
    // Whoever appended it may have been killed before this.
    await this.#write(event)
    const {
      guild_id: _,
      member: __,
      channel_type: ___,
      ...message
    } = JSON.parse(event.d) as Record<string, unknown> & Pick<StoredMessage, 'mentions'>
    return ok({ ...message, mentions: withoutMembers(message.mentions) })
  }

  async #write(event: LogEvent): Promise<void> {
    const written = this.#timeline.apply([event]).catch((error) => {
      this.#logger.warn({ err: error }, 'the timeline did not take a message; the indexer will')
    })
    await Promise.race([written, this.#clock.sleep(TIMELINE_MS)])
  }
}

function guildPart({ aggregate, member }: NewMessage): object {
  if (aggregate.kind !== 'guild') return {}
  return { guild_id: aggregate.id, ...(member ? { member: memberWithoutUser(member) } : {}) }
}

/** The parts of a message that most have in common. */
export const plainMessage = (
  fields: Pick<StoredMessage, 'id' | 'channel_id' | 'author' | 'timestamp'> & Partial<StoredMessage>,
): StoredMessage => ({
  type: 0,
  content: '',
  edited_timestamp: null,
  tts: false,
  mention_everyone: false,
  mentions: [],
  mention_roles: [],
  attachments: [],
  embeds: [],
  flags: 0,
  components: [],
  reactions: [],
  ...fields,
})
