import type { Form } from './library.ts'

interface Emoji {
  readonly id: string
  readonly name: string
}

/** What has changed between two lists of a guild's emojis, for libraries that tell only the lists. */
export function emojiChanges(now: readonly Emoji[], before: readonly Emoji[]): Form[] {
  const changed = now.flatMap(({ id, name }) => {
    const old = before.find((emoji) => emoji.id === id)
    if (!old) return [{ kind: 'created', id, name }]
    return old.name === name ? [] : [{ kind: 'updated', id, name }]
  })
  const gone = before.filter(({ id }) => !now.some((emoji) => emoji.id === id))
  return [...changed, ...gone.map(({ id, name }) => ({ kind: 'deleted', id, name }))]
}
