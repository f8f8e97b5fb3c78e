import type { Form } from './library.ts'

interface Emoji {
  readonly id: string
  readonly name: string
}

/**
 * What has changed in a guild's list of emojis since it was told last, for libraries that tell only lists: the one of
 * before that they give may have what REST has answered meanwhile. The guild begins without any.
 */
export function emojiChanges(): (now: readonly Emoji[]) => Form[] {
  let before: readonly Emoji[] = []
  return (now) => {
    const changed = now.flatMap(({ id, name }) => {
      const old = before.find((emoji) => emoji.id === id)
      if (!old) return [{ kind: 'created', id, name }]
      return old.name === name ? [] : [{ kind: 'updated', id, name }]
    })
    const gone = before.filter(({ id }) => !now.some((emoji) => emoji.id === id))
    before = now.map(({ id, name }) => ({ id, name }))
    return [...changed, ...gone.map(({ id, name }) => ({ kind: 'deleted', id, name }))]
  }
}
