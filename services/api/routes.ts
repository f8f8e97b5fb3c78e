import type { Endpoint } from '#shared/platform/http/endpoint.ts'
import type { ApiDeps } from './deps.ts'
import { authorizeBot } from './features/application/authorize-bot.ts'
import { createApplication } from './features/application/create-application.ts'
import { createBot, resetBotToken } from './features/application/create-bot.ts'
import { editApplication } from './features/application/edit-application.ts'
import { getOwnApplication, listApplications } from './features/application/get-applications.ts'
import { createUploads } from './features/attachment/create-uploads.ts'
import { discardUpload } from './features/attachment/discard-upload.ts'
import { refreshUrls } from './features/attachment/refresh-urls.ts'
import { getAuditLog } from './features/audit-log/get-audit-log.ts'
import { banUser } from './features/ban/ban-user.ts'
import { bulkBan } from './features/ban/bulk-ban.ts'
import { getBan, listBans } from './features/ban/get-bans.ts'
import { unbanUser } from './features/ban/unban-user.ts'
import { deleteOverwrite, putOverwrite } from './features/channel/channel-overwrites.ts'
import { createChannel } from './features/channel/create-channel.ts'
import { deleteChannel } from './features/channel/delete-channel.ts'
import { editChannel } from './features/channel/edit-channel.ts'
import { getChannel, getGuildChannels } from './features/channel/get-channels.ts'
import { moveChannels } from './features/channel/move-channels.ts'
import { triggerTyping } from './features/channel/trigger-typing.ts'
import { addRecipient } from './features/conversation/add-recipient.ts'
import { removeRecipient } from './features/conversation/remove-recipient.ts'
import { createEmoji } from './features/emoji/create-emoji.ts'
import { deleteEmoji } from './features/emoji/delete-emoji.ts'
import { editEmoji } from './features/emoji/edit-emoji.ts'
import { getEmoji, listEmojis } from './features/emoji/get-emojis.ts'
import { getGateway, getGatewayBot } from './features/gateway/get-gateway.ts'
import { createGuild } from './features/guild/create-guild.ts'
import { deleteGuild } from './features/guild/delete-guild.ts'
import { editGuild } from './features/guild/edit-guild.ts'
import { getGuild } from './features/guild/get-guild.ts'
import { getGuildPreview } from './features/guild/get-guild-preview.ts'
import { leaveGuild } from './features/guild/leave-guild.ts'
import { listOwnGuilds } from './features/guild/list-own-guilds.ts'
import { acceptInvite } from './features/invite/accept-invite.ts'
import { createInvite } from './features/invite/create-invite.ts'
import { deleteInvite } from './features/invite/delete-invite.ts'
import { getInvite } from './features/invite/get-invite.ts'
import { listChannelInvites, listGuildInvites } from './features/invite/list-invites.ts'
import { addMemberRole, removeMemberRole } from './features/member/change-member-roles.ts'
import { editMember } from './features/member/edit-member.ts'
import { editOwnMember, editOwnNick } from './features/member/edit-own-member.ts'
import { getMember, getOwnMember, listMembers } from './features/member/get-members.ts'
import { kickMember } from './features/member/kick-member.ts'
import { searchMembers } from './features/member/search-members.ts'
import { bulkDeleteMessages } from './features/message/bulk-delete-messages.ts'
import { createMessage } from './features/message/create-message.ts'
import { deleteMessage } from './features/message/delete-message.ts'
import { editMessage } from './features/message/edit-message.ts'
import { getMessage } from './features/message/get-message.ts'
import { getMessages } from './features/message/get-messages.ts'
import { pinMessage, unpinMessage } from './features/pin/change-pin.ts'
import { listPinnedMessages, listPins } from './features/pin/list-pins.ts'
import { addReaction } from './features/reaction/add-reaction.ts'
import { clearReactions, clearReactionsOfEmoji } from './features/reaction/clear-reactions.ts'
import { getReactions } from './features/reaction/get-reactions.ts'
import { removeReaction } from './features/reaction/remove-reaction.ts'
import { ackBulk } from './features/read-state/ack-bulk.ts'
import { ackMessage } from './features/read-state/ack-message.ts'
import { acknowledgePins } from './features/read-state/ack-pins.ts'
import { getMentions } from './features/read-state/get-mentions.ts'
import { createRole } from './features/role/create-role.ts'
import { deleteRole } from './features/role/delete-role.ts'
import { editRole } from './features/role/edit-role.ts'
import { countRoleMembers, getRole, getRoles } from './features/role/get-roles.ts'
import { moveRoles } from './features/role/move-roles.ts'
import { searchChannel } from './features/search/search-channel.ts'
import { searchMessages } from './features/search/search-messages.ts'
import { listDirectChannels, openDirectChannel } from './features/user/direct-channels.ts'
import { editOwnUser } from './features/user/edit-own-user.ts'
import { getProfile } from './features/user/get-profile.ts'
import { getOwnUser, getUser } from './features/user/get-user.ts'
import { editGuildSettings } from './features/user/guild-settings.ts'
import { getNote, putNote } from './features/user/notes.ts'
import {
  deleteRelationship,
  listRelationships,
  putRelationship,
  requestFriend,
} from './features/user/relationships.ts'
import { editSettings, getSettings } from './features/user/settings.ts'

/** Every endpoint of the api service: one file and one line each. */
export const apiRoutes = (deps: ApiDeps): Endpoint[] => [
  getGateway(deps),
  getGatewayBot(deps),
  getOwnUser(),
  editOwnUser(deps),
  getUser(deps),
  getProfile(deps),
  getSettings(deps),
  editSettings(deps),
  editGuildSettings(deps),
  getNote(deps),
  putNote(deps),
  listRelationships(deps),
  requestFriend(deps),
  putRelationship(deps),
  deleteRelationship(deps),
  openDirectChannel(deps),
  listDirectChannels(deps),
  listOwnGuilds(deps),
  leaveGuild(deps),
  createApplication(deps),
  listApplications(deps),
  createBot(deps),
  resetBotToken(deps),
  getOwnApplication(deps, '/applications/@me'),
  getOwnApplication(deps, '/oauth2/applications/@me'),
  editApplication(deps),
  authorizeBot(deps),
  createGuild(deps),
  getGuild(deps),
  getGuildPreview(deps),
  editGuild(deps),
  deleteGuild(deps),
  getGuildChannels(deps),
  createChannel(deps),
  moveChannels(deps),
  getChannel(deps),
  editChannel(deps),
  deleteChannel(deps),
  addRecipient(deps),
  removeRecipient(deps),
  putOverwrite(deps),
  deleteOverwrite(deps),
  triggerTyping(deps),
  getRoles(deps),
  getRole(deps),
  countRoleMembers(deps),
  createRole(deps),
  moveRoles(deps),
  editRole(deps),
  deleteRole(deps),
  listMembers(deps),
  searchMembers(deps),
  getMember(deps),
  getOwnMember(deps),
  editMember(deps),
  editOwnMember(deps),
  editOwnNick(deps),
  kickMember(deps),
  addMemberRole(deps),
  removeMemberRole(deps),
  listBans(deps),
  getBan(deps),
  banUser(deps),
  unbanUser(deps),
  bulkBan(deps),
  getAuditLog(deps),
  listEmojis(deps),
  getEmoji(deps),
  createEmoji(deps),
  editEmoji(deps),
  deleteEmoji(deps),
  listGuildInvites(deps),
  listChannelInvites(deps),
  createInvite(deps),
  getInvite(deps),
  acceptInvite(deps),
  deleteInvite(deps),
  getMessages(deps),
  getMessage(deps),
  createMessage(deps),
  editMessage(deps),
  deleteMessage(deps),
  bulkDeleteMessages(deps),
  listPins(deps),
  listPinnedMessages(deps),
  pinMessage(deps, 'messages/pins'),
  pinMessage(deps, 'pins'),
  unpinMessage(deps, 'messages/pins'),
  unpinMessage(deps, 'pins'),
  ackMessage(deps),
  ackBulk(deps),
  acknowledgePins(deps),
  getMentions(deps),
  createUploads(deps),
  discardUpload(deps),
  refreshUrls(deps),
  addReaction(deps),
  removeReaction(deps),
  clearReactions(deps),
  clearReactionsOfEmoji(deps),
  getReactions(deps),
  searchMessages(deps),
  searchChannel(deps),
]
