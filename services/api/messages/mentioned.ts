import type { Member } from '#shared/domain/guild/entities.ts'
import type { User } from '#shared/domain/user/user.ts'
import { memberWithoutUser } from '#shared/protocol/wire/guild.ts'

/** Who is mentioned as events tell it: with their memberships, from which libraries know members they have not seen. */
export const withMembers = (users: readonly User[], members: readonly Member[]): readonly object[] =>
  users.map((user) => {
    const member = members.find((one) => one.user.id === user.id)
    return member ? { ...user, member: memberWithoutUser(member) } : user
  })

/** As answers tell it. What the timeline keeps of a message is its event. */
export const withoutMembers = (users: readonly (User & { readonly member?: unknown })[]): readonly User[] =>
  users.map(({ member: _, ...user }) => user)
