import { Type } from 'typebox'
import { ReferenceType } from '#shared/domain/message/stored-message.ts'
import { BodySnowflake, Nullable } from '#shared/platform/http/endpoint.ts'

const AllowedMentions = Type.Object({
  parse: Type.Optional(
    Nullable(Type.Array(Type.String({ enum: ['users', 'roles', 'everyone'] }), { maxItems: 3 })),
  ),
  users: Type.Optional(Nullable(Type.Array(BodySnowflake, { maxItems: 100 }))),
  roles: Type.Optional(Nullable(Type.Array(BodySnowflake, { maxItems: 100 }))),
  replied_user: Type.Optional(Nullable(Type.Boolean())),
})

const text = (maxLength: number) => Type.Optional(Nullable(Type.String({ maxLength })))

const Embed = Type.Object({
  title: text(256),
  description: text(4096),
  url: text(2048),
  timestamp: text(64),
  color: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: 0xffffff }))),
  footer: Type.Optional(
    Nullable(Type.Object({ text: Type.String({ maxLength: 2048 }), icon_url: text(2048) })),
  ),
  image: Type.Optional(Nullable(Type.Object({ url: text(2048) }))),
  thumbnail: Type.Optional(Nullable(Type.Object({ url: text(2048) }))),
  author: Type.Optional(
    Nullable(Type.Object({ name: Type.String({ maxLength: 256 }), url: text(2048), icon_url: text(2048) })),
  ),
  fields: Type.Optional(
    Nullable(
      Type.Array(
        Type.Object({
          name: Type.String({ maxLength: 256 }),
          value: Type.String({ maxLength: 1024 }),
          inline: Type.Optional(Nullable(Type.Boolean())),
        }),
        { maxItems: 25 },
      ),
    ),
  ),
})

const AttachmentRequest = Type.Object({
  id: BodySnowflake,
  filename: text(1024),
  description: text(1024),
  uploaded_filename: text(1024),
})

const shared = {
  content: text(2000),
  embeds: Type.Optional(Nullable(Type.Array(Embed, { maxItems: 10 }))),
  allowed_mentions: Type.Optional(Nullable(AllowedMentions)),
  attachments: Type.Optional(Nullable(Type.Array(AttachmentRequest, { maxItems: 10 }))),
  flags: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: 0x7fffffff }))),
}

export const CreateMessageBody = Type.Object({
  ...shared,
  tts: Type.Optional(Nullable(Type.Boolean())),
  nonce: Type.Optional(
    Nullable(Type.Unsafe<string | number>({ type: ['string', 'integer'], maxLength: 25 })),
  ),
  enforce_nonce: Type.Optional(Nullable(Type.Boolean())),
  message_reference: Type.Optional(
    Nullable(
      Type.Object({
        type: Type.Optional(Nullable(Type.Integer({ enum: [ReferenceType.DEFAULT, ReferenceType.FORWARD] }))),
        message_id: BodySnowflake,
        channel_id: Type.Optional(Nullable(BodySnowflake)),
        guild_id: Type.Optional(Nullable(BodySnowflake)),
        fail_if_not_exists: Type.Optional(Nullable(Type.Boolean())),
      }),
    ),
  ),
})

export const EditMessageBody = Type.Object(shared)
