import type { Request } from './rest.ts'

/** Requests as the product's routes name them. */
export const MESSAGES = '/channels/:channel_id/messages'
export const MESSAGE = `${MESSAGES}/:message_id`
export const MEMBER_ROLE = '/guilds/:guild_id/members/:user_id/roles/:role_id'

type Params = Readonly<Record<string, string>>

export const get = (path: string, params: Params, query: Params = {}): Request => ({
  method: 'GET',
  path,
  params,
  query,
})
export const remove = (path: string, params: Params): Request => ({ method: 'DELETE', path, params })
export const post = (path: string, params: Params, body: object): Request => ({
  method: 'POST',
  path,
  params,
  body,
})
export const patch = (path: string, params: Params, body: object): Request => ({
  method: 'PATCH',
  path,
  params,
  body,
})
export const put = (path: string, params: Params, body?: object): Request => ({
  method: 'PUT',
  path,
  params,
  ...(body ? { body } : {}),
})
