/** What a JSON Schema is made of here. The official file is data: only what is patched is described. */
export interface Schema {
  [keyword: string]: unknown
  $ref?: string
  type?: string | string[]
  items?: Schema
  oneOf?: Schema[]
  anyOf?: Schema[]
  additionalProperties?: Schema | boolean
  properties?: Record<string, Schema>
  required?: string[]
  allOf?: Schema[]
  enum?: unknown[]
}

export type Schemas = Record<string, Schema>

/** `discord` is the name under which the loader registers the components. */
export const ref = (name: string): Schema => ({ $ref: `discord#/components/schemas/${name}` })

export const object = (required: Schemas, optional: Schemas = {}): Schema => ({
  type: 'object',
  properties: { ...required, ...optional },
  required: Object.keys(required),
})

export function named(schemas: Schemas, name: string): Schema {
  const schema = schemas[name]
  if (!schema) throw new Error(`The official file has no schema ${name}`)
  return schema
}

export const requires = (key: string): Schema => ({ required: [key] })

/** Of values that meet `condition`, `then` is asked too; of others, `otherwise`. */
export const when = (condition: Schema, then: Schema, otherwise: Schema = {}): Schema => ({
  if: condition,
  then,
  else: otherwise,
})
