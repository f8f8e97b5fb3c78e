type Json = Readonly<Record<string, unknown>>

const emptied = (message: Json): Json => ({
  ...message,
  content: '',
  embeds: [],
  attachments: [],
  components: [],
})

/**
 * A message object as an application without the MESSAGE_CONTENT intent gets it, with what it forwards. What it replies to
 * is a message of its own.
 */
export function withoutContent({ poll: _, ...message }: Json): Json {
  const snapshots = message.message_snapshots as readonly { readonly message: Json }[] | undefined
  return {
    ...emptied(message),
    ...(snapshots && {
      message_snapshots: snapshots.map((snapshot) => ({ ...snapshot, message: emptied(snapshot.message) })),
    }),
  }
}
