/** Of anything that a library has made out of the wire: the fields that are compared, under one name for all libraries. */
export type Form = Readonly<Record<string, unknown>>

export interface ChannelForm {
  readonly name?: string
  readonly type?: 0 | 2 | 4 | 5
  readonly topic?: string
  readonly nsfw?: boolean
  /** In seconds. */
  readonly slowMode?: number
  readonly parentId?: string
}

export interface RoleForm {
  readonly name?: string
  readonly color?: number
  readonly hoist?: boolean
  readonly mentionable?: boolean
  readonly permissions?: bigint
}

export interface MessageForm {
  readonly content?: string
  readonly replyTo?: { readonly channelId: string; readonly messageId: string }
  readonly embed?: { readonly title: string; readonly description: string; readonly color: number }
  readonly files?: readonly { readonly name: string; readonly bytes: Buffer }[]
  /** Who may be notified; left out: everybody who is mentioned. */
  readonly mentions?: { readonly users: readonly string[]; readonly everyone: boolean }
}

export interface Position {
  readonly id: string
  readonly position: number
}

export interface Page {
  readonly before?: string
  readonly after?: string
  readonly around?: string
  readonly limit: number
}

/** What the scenario does by a library: its own calls and no others. Each gives the library's answer as a form. */
export interface Calls {
  self(): Promise<Form>
  user(id: string): Promise<Form>
  fetchGuild(): Promise<Form>
  editGuild(form: { name: string; systemChannelId?: string }): Promise<Form>

  createChannel(form: ChannelForm & { name: string; type: 0 | 2 | 4 | 5 }, reason: string): Promise<Form>
  editChannel(id: string, form: ChannelForm): Promise<Form>
  fetchChannel(id: string): Promise<Form>
  channels(): Promise<Form[]>
  moveChannels(positions: readonly Position[]): Promise<unknown>
  deleteChannel(id: string): Promise<unknown>
  putOverwrite(
    channelId: string,
    target: { id: string; type: 0 | 1; allow: bigint; deny: bigint },
  ): Promise<unknown>
  deleteOverwrite(channelId: string, targetId: string): Promise<unknown>

  createRole(form: RoleForm, reason: string): Promise<Form>
  editRole(id: string, form: RoleForm): Promise<Form>
  moveRoles(positions: readonly [Position, Position]): Promise<unknown>
  roles(): Promise<Form[]>
  deleteRole(id: string): Promise<unknown>
  grantRole(userId: string, roleId: string): Promise<unknown>
  revokeRole(userId: string, roleId: string): Promise<unknown>

  fetchMember(userId: string): Promise<Form>
  /** By REST. */
  listMembers(): Promise<Form[]>
  searchMembers(query: string): Promise<Form[]>
  /** By op 8. */
  chunks(query: { name: string } | { ids: readonly string[] } | 'all'): Promise<Form[]>
  editMember(userId: string, form: { nick?: string | null; timedOutFor?: number | null }): Promise<Form>
  kick(userId: string, reason: string): Promise<unknown>
  ban(userId: string, form: { deleteSeconds: number; reason: string }): Promise<unknown>
  bulkBan(userIds: readonly string[]): Promise<{ banned: readonly string[]; failed: readonly string[] }>
  unban(userId: string): Promise<unknown>
  fetchBan(userId: string): Promise<Form>
  bans(): Promise<Form[]>
  auditLog(action: number): Promise<Form[]>

  createInvite(
    channelId: string,
    form: { maxAge: number; maxUses: number; temporary: boolean },
  ): Promise<Form>
  fetchInvite(code: string): Promise<Form>
  guildInvites(): Promise<Form[]>
  channelInvites(channelId: string): Promise<Form[]>
  deleteInvite(code: string): Promise<unknown>

  createEmoji(form: { name: string; image: Buffer; type: 'png' | 'gif' }): Promise<Form>
  editEmoji(id: string, name: string): Promise<Form>
  fetchEmoji(id: string): Promise<Form>
  emojis(): Promise<Form[]>
  deleteEmoji(id: string): Promise<unknown>

  send(channelId: string, form: MessageForm): Promise<Form>
  editMessage(channelId: string, id: string, content: string): Promise<Form>
  fetchMessage(channelId: string, id: string): Promise<Form>
  history(channelId: string, page: Page): Promise<Form[]>
  deleteMessage(channelId: string, id: string): Promise<unknown>
  deleteMessages(channelId: string, ids: readonly string[]): Promise<unknown>
  pin(channelId: string, id: string): Promise<unknown>
  unpin(channelId: string, id: string): Promise<unknown>
  pins(channelId: string): Promise<Form[]>
  /** An emoji is a character, or `name:id`. */
  react(channelId: string, id: string, emoji: string): Promise<unknown>
  reactionUsers(channelId: string, id: string, emoji: string): Promise<Form[]>
  /** Without a user: one's own. */
  removeReaction(channelId: string, id: string, emoji: string, userId?: string): Promise<unknown>
  clearEmoji(channelId: string, id: string, emoji: string): Promise<unknown>
  clearReactions(channelId: string, id: string): Promise<unknown>
  typing(channelId: string): Promise<unknown>
  openDm(userId: string): Promise<Form>
  setPresence(status: 'idle' | 'dnd', activity: string): Promise<unknown>
}

/** What a library holds at this moment, undefined: nothing of that id. */
export interface Caches {
  guild(): Form | undefined
  guildIds(): string[]
  channel(id: string): Form | undefined
  role(id: string): Form | undefined
  member(userId: string): Form | undefined
  emoji(id: string): Form | undefined
}

/** One event of a library under the name that the wire has for it. */
export interface Heard {
  readonly t: string
  readonly d: Form
}

export interface Library extends Calls {
  /** undefined: it keeps none. */
  readonly caches: Caches | undefined
  /** Resolves when the library calls itself ready. */
  login(): Promise<void>
  /** The shards that are connected. */
  shards(): number[]
  /** Cuts a shard's connection off, as a network would. */
  cut(shard: number): void
  disconnect(): Promise<unknown>
}

/** How a library is to connect, and where it tells what it hears. */
export interface Setting {
  readonly http: string
  readonly token: string
  /** The guild that the calls are about. */
  readonly guildId: string
  readonly compress: boolean
  readonly shards: number
  /** Port of an origin that speaks TLS, for a library that speaks nothing else. */
  readonly tlsPort: number
  hears(t: string, d: Form): void
  /** Is told of every warning and error, and of everything else that should not happen. */
  complains(what: string, about: unknown): void
}

export type Connects = (setting: Setting) => Library

/** Calls the listener for every event: libraries type theirs, and a table of them cannot be typed at once. */
export function listen<T>(emitter: object, listeners: T): void {
  const { on } = emitter as { on(event: string, listener: unknown): unknown }
  for (const [event, listener] of Object.entries(listeners as object)) on.call(emitter, event, listener)
}
