type Json = Readonly<Record<string, unknown>>

const emptied = (message: Json): Json => ({
  ...message,
  content: '',
  embeds: [],
  attachments: [],
  components: [],
})

/** A message object as an application without the MESSAGE_CONTENT intent gets it, what it replies to and forwards included. */
export function withoutContent({ poll: _, ...message }: Json): Json {
  const referenced = message.referenced_message as Json | null | undefined
  const snapshots = message.message_snapshots as readonly { readonly message: Json }[] | undefined
  return {
    ...emptied(message),
    ...(referenced && { referenced_message: withoutContent(referenced) }),
    ...(snapshots && {
      message_snapshots: snapshots.map((snapshot) => ({ ...snapshot, message: emptied(snapshot.message) })),
    }),
  }
}
