import type { StreamInfo } from '@nats-io/jetstream'
import { nanos } from '@nats-io/transport-node'
import type { Clock } from '#shared/kernel/clock.ts'
import { asPosition } from '#shared/kernel/ids.ts'
import type { Cursor, LiveSessions, SessionRecord, SessionStore } from '#shared/ports/session-store.ts'
import type { PresenceUpdate } from '#shared/protocol/presence-update.ts'
import { AckInbox, type Answer } from '../nats/ack-inbox.ts'
import { jetStreamApi } from '../nats/jetstream-api.ts'
import type { Nats } from '../nats/nats.ts'
import { openStream } from '../nats/open-stream.ts'
import { streamMessage } from '../nats/stream-message.ts'
import { DEADLINE_MS, untilAnswered } from '../nats/until-answered.ts'

const WRONG_LAST = 10071
const UNANSWERED_MS = 1_000
const PAUSE_MS = 50
/** What a token of a subject may be. Ids that are made here are. */
const TOKEN = /^[\w-]{1,128}$/

interface Options {
  readonly nats: Nats
  readonly clock: Clock
  /** Before all subjects and in the stream's name, where several installations share the servers; '' is none. */
  readonly namespace: string
  readonly replicas: number
  readonly resumeWindowMs: number
  readonly onWarning: (warning: string) => void
}

/** A record as it is stored, and where. */
interface Kept {
  readonly subject: string
  readonly seq: number
  readonly record: SessionRecord
  readonly cursor: Cursor
}

interface Known extends Kept {
  /** When it was written or read. */
  readonly at: number
}

/**
 * Session records as the last messages of `sessions.<session>.<user>`; publishing renews their age, and an empty
 * message is a session that was removed. Moves are guarded by the sequence of what they replace, so none
 * overtakes another and none brings back what was removed: a purge would not be seen by a guard that is checked
 * while it is under way. A session never changes its user.
 */
export async function openJetStreamSessionStore(options: Options): Promise<SessionStore & { close(): void }> {
  const { nats, clock, namespace, replicas, resumeWindowMs } = options
  const { stream, prefix } = placeOf(namespace)
  const config = {
    name: stream,
    subjects: [`${prefix}*.*`],
    num_replicas: replicas,
    storage: 'file',
    retention: 'limits',
    discard: 'old',
    max_age: nanos(resumeWindowMs),
    max_msgs_per_subject: 1,
    duplicate_window: nanos(Math.min(resumeWindowMs, 1_000)),
    allow_direct: false,
  } as const
  await openStream(nats.connection, clock, { ...config, subjects: [...config.subjects] }, options.onWarning)
  return new JetStreamSessionStore(options)
}

/** Where the records are, whose removed ones are empty. */
const placeOf = (namespace: string) => ({
  stream: namespace ? `${namespace}_sessions` : 'sessions',
  prefix: `${namespace && `${namespace}.`}sessions.`,
})

/** What is read of the records by who does not keep them. */
export class JetStreamLiveSessions implements LiveSessions {
  readonly #nats: Nats
  readonly #clock: Clock
  readonly #stream: string
  readonly #prefix: string

  constructor({ nats, clock, namespace }: Pick<Options, 'nats' | 'clock' | 'namespace'>) {
    this.#nats = nats
    this.#clock = clock
    ;({ stream: this.#stream, prefix: this.#prefix } = placeOf(namespace))
  }

  async hasAny(userId: string): Promise<boolean> {
    for (const subject of await this.subjectsOf(userId)) {
      const message = await this.last(subject)
      if (message && message.data.length > 0) return true
    }
    return false
  }

  /** Of the user's sessions, those that were removed lately among them. */
  async subjectsOf(userId: string): Promise<string[]> {
    if (!TOKEN.test(userId)) return []
    const request = { subjects_filter: `${this.#prefix}*.${userId}` }
    const { state } = await untilAnswered(this.#clock, () =>
      jetStreamApi<StreamInfo>(this.#nats.connection, `STREAM.INFO.${this.#stream}`, request),
    )
    return Object.keys(state.subjects ?? {})
  }

  last(subject: string): ReturnType<typeof streamMessage> {
    return untilAnswered(this.#clock, () =>
      streamMessage(this.#nats.connection, this.#stream, { last_by_subj: subject }),
    )
  }
}

class JetStreamSessionStore implements SessionStore {
  readonly #options: Options
  readonly #live: JetStreamLiveSessions
  readonly #prefix: string
  readonly #inbox: AckInbox
  /** What this process wrote or read last: mostly its own sessions, so that a move need not ask first. */
  readonly #known = new Map<string, Known>()

  constructor(options: Options) {
    this.#options = options
    this.#live = new JetStreamLiveSessions(options)
    this.#prefix = placeOf(options.namespace).prefix
    this.#inbox = new AckInbox(options.nats.connection)
  }

  async create(record: SessionRecord, cursor: Cursor): Promise<void> {
    const { session_id, user_id } = record
    if (!TOKEN.test(session_id) || !TOKEN.test(user_id)) throw new Error('not an id of a session and a user')
    const subject = `${this.#prefix}${session_id}.${user_id}`
    const seq = await this.#put(subject, JSON.stringify({ record, cursor }))
    this.#learn({ subject, seq: seq as number, record, cursor })
  }

  async read(sessionId: string): Promise<{ record: SessionRecord; cursor: Cursor } | undefined> {
    const kept = await this.#read(sessionId)
    return kept && { record: kept.record, cursor: kept.cursor }
  }

  async move(moves: readonly { session_id: string; cursor: Cursor }[]): Promise<void> {
    const furthest = new Map<string, Cursor>()
    for (const { session_id, cursor } of moves)
      furthest.set(session_id, later(furthest.get(session_id), cursor))
    await Promise.all(
      [...furthest].map(([sessionId, cursor]) =>
        this.#change(sessionId, (kept) => ({ record: kept.record, cursor: later(kept.cursor, cursor) })),
      ),
    )
  }

  keepPresence(sessionId: string, presence: PresenceUpdate): Promise<void> {
    return this.#change(sessionId, ({ record, cursor }) => ({ record: { ...record, presence }, cursor }))
  }

  async remove(sessionId: string): Promise<void> {
    const kept = await this.#read(sessionId)
    if (kept) await this.#removed(kept)
  }

  hasAny(userId: string): Promise<boolean> {
    return this.#live.hasAny(userId)
  }

  async removeOfUser(userId: string): Promise<void> {
    const subjects = await this.#live.subjectsOf(userId)
    const sessionIds = subjects.map((subject) => subject.split('.').at(-2) as string)
    await Promise.all(
      sessionIds.map(async (sessionId) => {
        const kept = await this.#read(sessionId)
        if (kept?.record.user_id === userId) await this.#removed(kept)
      }),
    )
  }

  close(): void {
    this.#inbox.close()
  }

  /** Changes what is kept as it is now: decided again when somebody else was faster. */
  async #change(sessionId: string, changed: (kept: Kept) => Pick<Kept, 'record' | 'cursor'>): Promise<void> {
    for (let kept = this.#known.get(sessionId) ?? (await this.#read(sessionId)); kept; ) {
      const { subject, seq } = kept
      const { record, cursor } = changed(kept)
      const now = await this.#put(subject, JSON.stringify({ record, cursor }), seq)
      if (now !== 'wrong last') return this.#learn({ subject, seq: now, record, cursor })
      kept = await this.#read(sessionId)
    }
  }

  async #removed({ subject, record }: Kept): Promise<void> {
    this.#known.delete(record.session_id)
    await this.#put(subject, '')
  }

  async #read(sessionId: string): Promise<Kept | undefined> {
    this.#known.delete(sessionId)
    if (!TOKEN.test(sessionId)) return undefined
    const message = await this.#live.last(`${this.#prefix}${sessionId}.*`)
    if (!message || message.data.length === 0) return undefined
    const { record, cursor } = JSON.parse(message.data.toString())
    const kept = { subject: message.subject, seq: message.seq, record, cursor }
    this.#learn(kept)
    return kept
  }

  /**
   * Publishing twice is harmless, so this asks again until there is an answer.
   * @throws when there is none until the deadline, or the stream takes nothing
   */
  async #put(subject: string, body: string, expectedLast: number): Promise<number | 'wrong last'>
  async #put(subject: string, body: string): Promise<number>
  async #put(subject: string, body: string, expectedLast?: number): Promise<number | 'wrong last'> {
    const { clock } = this.#options
    const guard = expectedLast === undefined ? '' : `Nats-Expected-Last-Subject-Sequence: ${expectedLast}\r\n`
    for (const since = clock.monotonic(); ; await clock.sleep(PAUSE_MS)) {
      const answer = await this.#publish(subject, guard, Buffer.from(body))
      if (answer?.kind === 'stored') return answer.seq
      if (answer?.code === WRONG_LAST) return 'wrong last'
      if (clock.monotonic() - since > DEADLINE_MS) {
        throw new Error(`session records cannot be written: ${answer?.description ?? 'no answer'}`)
      }
    }
  }

  #publish(subject: string, headers: string, body: Buffer): Promise<Answer | undefined> {
    return new Promise((resolve, reject) => {
      try {
        const token = this.#inbox.publish(subject, headers, body, (answer) => {
          cancel()
          resolve(answer)
        })
        const cancel = this.#options.clock.after(UNANSWERED_MS, () => {
          this.#inbox.forget(token)
          resolve(undefined)
        })
      } catch (error) {
        reject(error)
      }
    })
  }

  #learn(kept: Kept): void {
    const { clock, resumeWindowMs } = this.#options
    const now = clock.monotonic()
    // Behind the newest in the order of writing: the first ones are those that have expired.
    this.#known.delete(kept.record.session_id)
    this.#known.set(kept.record.session_id, { ...kept, at: now })
    for (const [sessionId, { at }] of this.#known) {
      if (now - at < resumeWindowMs) break
      this.#known.delete(sessionId)
    }
  }
}

const later = (one: Cursor | undefined, other: Cursor): Cursor =>
  one ? { s: Math.max(one.s, other.s), position: asPosition(Math.max(one.position, other.position)) } : other
