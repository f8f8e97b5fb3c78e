import { withoutCode } from './mentions.ts'
import { MessageFlag, MessageType, type StoredMessage } from './stored-message.ts'

/** What search can ask of a message besides its words, by the parameter that asks for it. */
export type FactKind =
  | 'author_id'
  | 'author_type'
  | 'mentions'
  | 'mentions_role_id'
  | 'mention_everyone'
  | 'replied_to_user_id'
  | 'replied_to_message_id'
  | 'has'
  | 'link_hostname'
  | 'embed_type'
  | 'embed_provider'
  | 'attachment_filename'
  | 'attachment_extension'

type Searched = Pick<
  StoredMessage,
  | 'author'
  | 'type'
  | 'content'
  | 'mentions'
  | 'mention_roles'
  | 'mention_everyone'
  | 'attachments'
  | 'embeds'
  | 'flags'
  | 'message_reference'
  | 'message_snapshots'
  | 'referenced_message'
>

const LINK = /\bhttps?:\/\/([^\s<>"'()[\]/?#\\]+)/gi
/** What may stand behind a link and belongs to the sentence, or to its marks. */
const BEHIND = /[.,:;!*_~|]+$/
const LONGEST_HOSTNAME = 253

/** `kind:value`, as the index has it: in lower case, so that it is found in any. */
export function searchFact(kind: FactKind, value: string): string {
  const text = (kind === 'link_hostname' && hostnameOf(value)) || value
  return `${kind}:${text.normalize('NFC').toLowerCase().trim().replace(/\s+/g, ' ')}`
}

/**
 * All that is so of a message itself; what it forwards is not its own.
 * - `has`: `link` stands in the text, and not in code; `file` is any; `image`, `video` and `sound` are files of that
 *   type, or in an embed; `snapshot` is a forward. There are no stickers and no polls.
 * - `link_hostname` is that of a link of the text, and each domain that it is below.
 * - `attachment_filename` is the whole name, and also without its extension.
 * - `embed_type` as searches call it: `gif` is the embed's `gifv`. Suppressed embeds are none.
 * @param repliedTo who wrote what it replies to, where the message does not say it
 */
export function searchFactsOf(
  message: Searched,
  repliedTo: string | undefined = message.referenced_message?.author.id,
): string[] {
  const { author, type, attachments, mentions, message_reference: reference } = message
  const isReply = type === MessageType.REPLY
  const embeds = embedsOf(message)
  const links = linkedHostnames(message.content)
  const values: Readonly<Record<FactKind, readonly (string | undefined)[]>> = {
    author_id: [author.id],
    author_type: [author.bot ? 'bot' : 'user'],
    mentions: mentions.map(({ id }) => id),
    mentions_role_id: message.mention_roles,
    mention_everyone: message.mention_everyone ? ['true'] : [],
    replied_to_user_id: isReply ? [repliedTo] : [],
    replied_to_message_id: isReply ? [reference?.message_id] : [],
    has: kindsOf(message, embeds, links.length > 0),
    link_hostname: links.flatMap(withDomains),
    embed_type: embeds.map((embed) => (embed.type === 'gifv' ? 'gif' : embed.type)),
    embed_provider: embeds.map(({ provider }) => provider?.name),
    attachment_filename: attachments.flatMap(({ filename }) => [filename, filename.replace(/\.\w+$/, '')]),
    attachment_extension: attachments.map(({ filename }) => /\.(\w+)$/.exec(filename)?.[1]),
  }
  const facts = Object.entries(values).flatMap(([kind, all]) =>
    all.flatMap((value) => (value ? searchFact(kind as FactKind, value) : [])),
  )
  return [...new Set(facts)]
}

interface Embed {
  readonly type?: string
  readonly provider?: { readonly name?: string }
  readonly image?: object
  readonly thumbnail?: object
  readonly video?: object
}

const embedsOf = ({ flags, embeds }: Searched): readonly Embed[] =>
  (flags & MessageFlag.SUPPRESS_EMBEDS) === 0 ? (embeds as readonly Embed[]) : []

function kindsOf(
  { attachments, message_snapshots }: Searched,
  embeds: readonly Embed[],
  isLinking: boolean,
): string[] {
  const isThere = (type: string) => attachments.some(({ content_type }) => content_type.startsWith(type))
  const kinds: Readonly<Record<string, boolean>> = {
    link: isLinking,
    embed: embeds.length > 0,
    file: attachments.length > 0,
    image: isThere('image/') || embeds.some(({ image, thumbnail }) => image || thumbnail),
    video: isThere('video/') || embeds.some(({ video }) => video),
    sound: isThere('audio/'),
    snapshot: message_snapshots !== undefined,
  }
  return Object.keys(kinds).filter((kind) => kinds[kind])
}

const linkedHostnames = (content: string): string[] =>
  [...withoutCode(content).matchAll(LINK)].flatMap(
    ([, host]) => hostnameOf((host as string).replace(BEHIND, '')) ?? [],
  )

/** As browsers write it; undefined: it is none. */
function hostnameOf(text: string): string | undefined {
  if (!URL.canParse(`http://${text}`)) return undefined
  const { hostname } = new URL(`http://${text}`)
  return hostname.length > LONGEST_HOSTNAME ? undefined : hostname
}

/** Of a name that has hundreds of parts only the last domains: it is no host that anybody looks for. */
function withDomains(host: string): string[] {
  const labels = host.split('.')
  const domains = [5, 4, 3, 2].filter((count) => count < labels.length)
  return [host, ...domains.map((count) => labels.slice(-count).join('.'))]
}
