/**
 * Which of `members` a key belongs to, by rendezvous hashing: all who know the same members agree, each has about as
 * many keys, and a member that joins or leaves moves only its own.
 *
 * @returns undefined when there are none
 */
export function ownerOf(key: string, members: Iterable<string>): string | undefined {
  const hash = fnv1a(key)
  let owner: string | undefined
  let highest = -1
  for (const member of members) {
    const weight = mixed(hash ^ fnv1a(member))
    if (weight <= highest) continue
    highest = weight
    owner = member
  }
  return owner
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}

/** The end of MurmurHash3: FNV alone leaves similar texts near each other. */
function mixed(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
